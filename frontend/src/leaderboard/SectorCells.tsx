import { memo } from "react";
import { useRace } from "../live/useRace";
import styles from "./Leaderboard.module.css";
import { type SectorCell as SectorText, sectorCells, segmentShape } from "./sectors";

/** Sector times of the running lap, each with its mini-sectors as bars when they are known. */
export const SectorCells = memo(function SectorCells({ driverNumber }: { driverNumber: number }) {
  const sectors = useRace((state) => state.sectors[driverNumber]);
  const currentLap = useRace((state) => state.timings[driverNumber]?.currentLap);
  const lapBefore = (sectors?.lap ?? currentLap ?? 0) - 1;
  const before = useRace((state) => state.laps[driverNumber * 1000 + lapBefore]);
  const bests = useRace((state) => state.bests);
  return sectorCells(sectors, before, currentLap, bests).map((cell, index) => (
    <SectorCell key={index} number={index + 1} cell={cell} />
  ));
});

function SectorCell({ number, cell }: { number: number; cell: SectorText }) {
  const age = cell.old ? styles.old : "";
  return (
    <td className={styles.sector} data-cell={`s${number}`}>
      <span className={`${styles.time} ${age}`} data-mark={cell.mark}>
        {cell.text}
      </span>
      {cell.segments.length > 0 && (
        <span className={`${styles.segments} ${age}`} aria-hidden>
          {cell.segments.map((segment, index) => (
            <i key={index} data-shape={segmentShape(segment)} />
          ))}
        </span>
      )}
    </td>
  );
}
