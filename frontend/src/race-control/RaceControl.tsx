import { useMemo } from "react";
import { localTime } from "../header/times";
import { useRace, useView } from "../live/useRace";
import { type Entry, type Icon, raceControlEntries } from "./entries";
import styles from "./RaceControl.module.css";

/** What race control said, newest first. */
export function RaceControl() {
  const messages = useRace((state) => state.raceControl);
  const entries = useMemo(() => raceControlEntries(messages ?? []), [messages]);
  return (
    <section className={styles.panel} aria-label="Race control">
      <header>
        <h2>Race control</h2>
      </header>
      <ul className={styles.list} data-testid="race-control" aria-live="polite">
        {entries.map((entry, index) => (
          <Message key={entry.key} entry={entry} newest={index === 0} />
        ))}
        {entries.length === 0 && <li className={styles.nothing}>No messages yet</li>}
      </ul>
    </section>
  );
}

const LETTERS: Partial<Record<Icon, string>> = {
  car: "SC",
  aid: "D",
  steward: "!",
  closed: "✓",
  deleted: "T",
  warning: "",
  note: "i",
};

function Message({ entry, newest }: { entry: Entry; newest: boolean }) {
  const times = useView((view) => view.times);
  const gmtOffset = useRace(({ session }) => session?.gmtOffsetMinutes);
  return (
    <li className={newest ? styles.newest : undefined}>
      <time>{localTime(times, gmtOffset, entry.raceOffsetMillis) ?? "–"}</time>
      <i className={styles.icon} data-icon={entry.icon} aria-hidden>
        {LETTERS[entry.icon]}
      </i>
      <p title={[entry.title, entry.detail].filter(Boolean).join(": ")}>
        {entry.title && <b>{entry.title} </b>}
        {entry.detail}
      </p>
      <span>{entry.lap === undefined ? "" : `L${entry.lap}`}</span>
    </li>
  );
}
