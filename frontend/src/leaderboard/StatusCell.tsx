import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { useRace, useRaceObject, useTicking } from "../live/useRace";
import { pitMillis } from "./derive";
import { statusTag, stewardTag, type Tag, type Words } from "./format";
import styles from "./Leaderboard.module.css";

interface CellProps {
  driverNumber: number;
  byTime: boolean;
}

function mattersOf(state: RaceState, driverNumber: number) {
  return Object.values(state.stewardMatters).filter(
    ({ driverNumbers }) => driverNumbers[0] === driverNumber,
  );
}

function stewardTagKey(state: RaceState, driverNumber: number, t: Words): string {
  const tag = stewardTag(mattersOf(state, driverNumber), t);
  return tag === undefined ? "" : JSON.stringify(tag);
}

export function StatusCell({ driverNumber, byTime }: CellProps) {
  const { t } = useTranslation("leaderboard");
  const status = useRace(({ statuses }) => statuses[driverNumber]);
  const steward = useRace((state) => stewardTagKey(state, driverNumber, t));
  const tag = statusTag(status, byTime, t);
  return (
    <td className={styles.status} data-cell="status">
      {tag && (
        <span className={`${styles.tag} ${styles[`tag_${tag.tone}`]}`} title={tag.title}>
          {tag.text}
          {tag.tone === "pit" && !byTime && <PitTimer driverNumber={driverNumber} />}
        </span>
      )}
      {steward && <StewardMark driverNumber={driverNumber} tag={JSON.parse(steward) as Tag} />}
    </td>
  );
}

/** Seconds in the pit lane so far. */
function PitTimer({ driverNumber }: { driverNumber: number }) {
  const { store, clock } = useRaceObject();
  const millis = useTicking((wall) => {
    const { state } = store.getState();
    return state && pitMillis(state, driverNumber, clock.now(wall));
  });
  return millis === undefined ? null : <span data-pit-timer> {(millis / 1000).toFixed(1)}</span>;
}

/** A tag that opens the messages behind it. */
function StewardMark({ driverNumber, tag }: { driverNumber: number; tag: Tag }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const { t } = useTranslation("leaderboard");
  return (
    <>
      <button
        type="button"
        className={`${styles.tag} ${styles[`tag_${tag.tone}`]}`}
        title={tag.title}
        popoverTarget={id}
        onClick={(event) => event.stopPropagation()}
      >
        {tag.text}
      </button>
      <div
        id={id}
        popover="auto"
        role="dialog"
        aria-label={t("stewards")}
        className={styles.popover}
        onToggle={(event) => setOpen(event.newState === "open")}
      >
        {open && <Matters driverNumber={driverNumber} />}
      </div>
    </>
  );
}

function Matters({ driverNumber }: { driverNumber: number }) {
  const matters = useRace((state) => state.stewardMatters) ?? {};
  const mine = Object.entries(matters).filter(
    ([, { driverNumbers }]) => driverNumbers[0] === driverNumber,
  );
  return (
    <ul>
      {mine.map(([key, { message }]) => (
        <li key={key}>{message}</li>
      ))}
    </ul>
  );
}
