import { memo } from "react";
import { CarState } from "../gen/racetime/v1/car_pb";
import { useRace } from "../live/useRace";
import { selectDriver, usePage, usePageStore } from "../ui/page";
import { BestCell, GainedCell, GapCell, IntervalCell, LastCell } from "./cells";
import { DriverCell, PositionCell, StatusCell, StopsCell, TyreCell } from "./driverCells";
import { isGone } from "./format";
import styles from "./Leaderboard.module.css";
import { SectorCells } from "./SectorCells";

export interface RowProps {
  driverNumber: number;
  place: number;
  /** Ranked by lap time: no intervals, gaps are those of best laps. */
  byTime: boolean;
  /** The last place that goes on to the next phase of qualifying. */
  lastSafe: boolean;
}

/** A driver's row. Each cell selects its own facts, so that an update renders only the cells that it touches. */
export const Row = memo(function Row({ driverNumber, place, byTime, lastSafe }: RowProps) {
  const page = usePageStore();
  const selected = usePage(({ selectedDriver }) => (selectedDriver ?? undefined) === driverNumber);
  const gone = useRace(({ statuses }) => isGone(statuses[driverNumber]));
  const stopped = useRace(({ statuses }) => statuses[driverNumber]?.state === CarState.STOPPED);
  const leader = useRace(({ positions }) => positions[driverNumber]?.position === 1) ?? false;
  const names = [
    styles.row,
    selected && styles.selected,
    gone && styles.gone,
    stopped && styles.stopped,
    lastSafe && styles.lastSafe,
  ];
  const cell = { driverNumber };

  return (
    <tr
      className={names.filter(Boolean).join(" ")}
      data-driver={driverNumber}
      data-position={place}
      aria-selected={selected}
      tabIndex={0}
      onClick={() => selectDriver(page, driverNumber)}
      onKeyDown={(event) => {
        if (event.key === "Enter") selectDriver(page, driverNumber);
      }}
    >
      <PositionCell {...cell} />
      {byTime ? (
        <>
          <DriverCell {...cell} />
          <BestCell {...cell} />
          <GapCell {...cell} leader={leader} byTime />
          <LastCell {...cell} />
        </>
      ) : (
        <>
          <GainedCell {...cell} />
          <DriverCell {...cell} />
          <IntervalCell {...cell} leader={leader} />
          <GapCell {...cell} leader={leader} byTime={false} />
          <LastCell {...cell} />
          <BestCell {...cell} />
        </>
      )}
      <SectorCells {...cell} />
      <TyreCell {...cell} />
      <StopsCell {...cell} />
      <StatusCell {...cell} byTime={byTime} />
    </tr>
  );
});
