import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useRace } from "../live/useRace";
import { DASH } from "./format";
import styles from "./Leaderboard.module.css";
import { type SectorCell as SectorText, sectorCells, segmentShape } from "./sectors";

interface Props {
  driverNumber: number;
}

/** Time of a sector of the running lap, with its mini-sectors as bars when they are known. */
const sector = (index: 0 | 1 | 2) =>
  memo(function Sector({ driverNumber }: Props) {
    const sectors = useRace((state) => state.sectors[driverNumber]);
    const currentLap = useRace((state) => state.timings[driverNumber]?.currentLap);
    const lapBefore = (sectors?.lap ?? currentLap ?? 0) - 1;
    const before = useRace((state) => state.laps[driverNumber * 1000 + lapBefore]);
    const bests = useRace((state) => state.bests);
    const cell = sectorCells(sectors, before, currentLap, bests)[index];
    return <SectorCell number={index + 1} cell={cell} />;
  });

export const Sector1 = sector(0);
export const Sector2 = sector(1);
export const Sector3 = sector(2);

function SectorCell({ number, cell }: { number: number; cell: SectorText }) {
  const { t } = useTranslation("leaderboard");
  const age = cell.old ? styles.old : "";
  const reason = cell.text === DASH ? t("missing.sector") : undefined;
  return (
    <td className={styles.sector} data-cell={`s${number}`} title={reason}>
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
