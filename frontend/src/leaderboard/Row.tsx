import { memo, useId } from "react";
import { CarState } from "../gen/racetime/v1/car_pb";
import { useRace } from "../live/useRace";
import { selectDriver, usePage, usePageStore } from "../ui/page";
import { usePhone } from "../ui/usePhone";
import { COLUMNS, type ColumnName } from "./columns";
import { isGone } from "./format";
import styles from "./Leaderboard.module.css";
import { MoreRow } from "./MoreRow";
import { onRowKey } from "./rowKeys";

export interface RowProps {
  driverNumber: number;
  place: number;
  columns: readonly ColumnName[];
  /** Ranked by lap time: no intervals, gaps are those of best laps. */
  byTime: boolean;
  /** The last place that goes on to the next phase of qualifying. */
  lastSafe: boolean;
}

/** A driver's row. Each cell selects its own facts, so that an update renders only the cells that it touches. */
export const Row = memo(function Row(props: RowProps) {
  const { driverNumber, place, columns, byTime, lastSafe } = props;
  const page = usePageStore();
  const more = useId();
  const phone = usePhone();
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

  return (
    <>
      <tr
        className={names.filter(Boolean).join(" ")}
        data-driver={driverNumber}
        data-position={place}
        aria-selected={selected}
        aria-describedby={phone && selected ? more : undefined}
        tabIndex={0}
        onClick={({ target }) => {
          // What is read in a popover of the row selects nothing.
          if (!(target as Element).closest("[popover]")) selectDriver(page, driverNumber);
        }}
        onKeyDown={(event) => onRowKey(event, () => selectDriver(page, driverNumber))}
      >
        {columns.map((name) => {
          const { Cell } = COLUMNS[name];
          return <Cell key={name} driverNumber={driverNumber} leader={leader} byTime={byTime} />;
        })}
      </tr>
      {phone && selected && <MoreRow id={more} driverNumber={driverNumber} />}
    </>
  );
});
