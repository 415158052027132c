import { useRace } from "../live/useRace";
import {
  type CellText,
  gapCell,
  gapToBestCell,
  intervalCell,
  lapCell,
  type Mark,
  markNow,
  placesGainedCell,
} from "./format";
import styles from "./Leaderboard.module.css";
import { useNews } from "./useNews";

interface CellProps {
  driverNumber: number;
}

interface TextCellProps {
  name: string;
  cell: CellText;
  className?: string | undefined;
}

/** A cell of plain text; a dash says in its title why. */
export function TextCell({ name, cell, className = "" }: TextCellProps) {
  const dim = cell.text === "–" ? styles.nil : "";
  return (
    <td className={`${className} ${dim}`} data-cell={name} title={cell.title}>
      {cell.text}
    </td>
  );
}

export function GainedCell({ driverNumber }: CellProps) {
  const position = useRace(({ positions }) => positions[driverNumber]);
  return <TextCell name="gained" className={styles.gained} cell={placesGainedCell(position)} />;
}

export function IntervalCell({ driverNumber, leader }: CellProps & { leader: boolean }) {
  const gap = useRace(({ gaps }) => gaps[driverNumber]);
  const className = leader ? `${styles.interval} ${styles.lead}` : styles.interval;
  return <TextCell name="interval" className={className} cell={intervalCell(gap, leader)} />;
}

export function GapCell({
  driverNumber,
  leader,
  byTime,
}: CellProps & { leader: boolean; byTime: boolean }) {
  const gap = useRace(({ gaps }) => gaps[driverNumber]);
  const best = useRace(({ timings }) => timings[driverNumber]?.bestLapMillis);
  const bestOfAll = useRace(({ timings }) => {
    if (!byTime) return undefined;
    const bests = Object.values(timings).flatMap(({ bestLapMillis }) => bestLapMillis ?? []);
    return bests.length === 0 ? undefined : Math.min(...bests);
  });
  const cell = byTime ? gapToBestCell(best, bestOfAll) : gapCell(gap, leader);
  return <TextCell name="gap" className={styles.gap} cell={cell} />;
}

export function LastCell({ driverNumber }: CellProps) {
  const millis = useRace(({ timings }) => timings[driverNumber]?.lastLapMillis);
  const mark = useRace(({ timings, bests }) =>
    markNow(timings[driverNumber]?.lastLapMark, millis, bests?.lapMillis),
  );
  return <LapCell name="last" className={styles.last} millis={millis} mark={mark ?? "none"} />;
}

export function BestCell({ driverNumber }: CellProps) {
  const millis = useRace(({ timings }) => timings[driverNumber]?.bestLapMillis);
  const bestOfAll = useRace(({ bests }) => bests?.lapDriverNumber === driverNumber) ?? false;
  return (
    <LapCell
      name="best"
      className={styles.best}
      millis={millis}
      mark={bestOfAll ? "best" : "none"}
    />
  );
}

interface LapCellProps {
  name: string;
  className: string | undefined;
  millis: number | undefined;
  mark: Mark;
}

const MARK_NAMES: Partial<Record<Mark, string>> = {
  best: "Best of all",
  personal: "Personal best",
};

/** A lap time with its mark (a shape and a colour); it flashes when it is news and an improvement. */
function LapCell({ name, className = "", millis, mark }: LapCellProps) {
  const news = useNews(millis);
  const { text, title } = lapCell(millis);
  const improved = mark === "best" || mark === "personal";
  const flash = news > 0 && improved ? styles[`flash_${mark}`] : "";
  return (
    <td
      className={`${className} ${millis === undefined ? styles.nil : ""}`}
      data-cell={name}
      title={title ?? MARK_NAMES[mark]}
    >
      <span key={news} className={`${styles.time} ${flash}`} data-mark={mark}>
        {text}
      </span>
    </td>
  );
}
