import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { type OvertakingAid, OvertakingAidSystem } from "../gen/racetime/v1/track_pb";
import { useRace } from "../live/useRace";
import { usePage } from "../ui/page";
import { leaderboardChoices } from "./choices";
import { gapToDriver } from "./derive";
import {
  type CellText,
  gapCell,
  gapToBestCell,
  intervalCell,
  lapCell,
  type Mark,
  markNow,
  placesGainedCell,
  relativeGapCell,
} from "./format";
import styles from "./Leaderboard.module.css";
import { useNews } from "./useNews";

/** Within it a car may use what aids overtaking. */
const WITHIN_MILLIS = 1000;

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
  const { t } = useTranslation("leaderboard");
  const position = useRace(({ positions }) => positions[driverNumber]);
  return <TextCell name="gained" className={styles.gained} cell={placesGainedCell(position, t)} />;
}

export function IntervalCell({ driverNumber, leader }: CellProps & { leader: boolean }) {
  const { t } = useTranslation("leaderboard");
  const gap = useRace(({ gaps }) => gaps[driverNumber]);
  const near = gap?.interval.case === "intervalMillis" && gap.interval.value < WITHIN_MILLIS;
  const names = [styles.interval, leader && styles.lead, near && !leader && styles.near];
  const aid = useRace(({ overtakingAid }) => aidOf(overtakingAid)) ?? "none";
  const cell = intervalCell(gap, leader, t);
  const told = near && !leader ? { ...cell, title: t(`near.${aid}`) } : cell;
  if (aid !== "none") names.push(styles.aided);
  return <TextCell name="interval" className={names.filter(Boolean).join(" ")} cell={told} />;
}

/** The aid that a car within a second may use: one that race control has enabled. */
function aidOf(aid: OvertakingAid | undefined): "drs" | "overtake" | "none" {
  if (!aid?.enabled) return "none";
  return aid.system === OvertakingAidSystem.OVERTAKE_MODE ? "overtake" : "drs";
}

/** The driver that gaps are told from; unset tells them from the leader. */
function useRelativeTo(): number | undefined {
  const selected = usePage(({ selectedDriver }) => selectedDriver);
  const relative = useStore(leaderboardChoices, ({ relativeGaps }) => relativeGaps);
  return relative ? selected : undefined;
}

export function GapCell({
  driverNumber,
  leader,
  byTime,
}: CellProps & { leader: boolean; byTime: boolean }) {
  const { t } = useTranslation("leaderboard");
  const gap = useRace(({ gaps }) => gaps[driverNumber]);
  const best = useRace(({ timings }) => timings[driverNumber]?.bestLapMillis);
  const bestOfAll = useRace(({ timings }) => {
    if (!byTime) return undefined;
    const bests = Object.values(timings).flatMap(({ bestLapMillis }) => bestLapMillis ?? []);
    return bests.length === 0 ? undefined : Math.min(...bests);
  });
  const to = useRelativeTo();
  const relative = useRace((state) =>
    to === undefined || byTime ? undefined : gapToDriver(state, driverNumber, to),
  );
  const cell = byTime
    ? gapToBestCell(best, bestOfAll, t)
    : to === undefined
      ? gapCell(gap, leader, t)
      : relativeGapCell(relative, t);
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

/** A lap time with its mark (a shape and a colour); it flashes when it is news and an improvement. */
function LapCell({ name, className = "", millis, mark }: LapCellProps) {
  const { t } = useTranslation("leaderboard");
  const news = useNews(millis);
  const { text, title } = lapCell(millis, t);
  const improved = mark === "best" || mark === "personal";
  const flash = news > 0 && improved ? styles[`flash_${mark}`] : "";
  return (
    <td
      className={`${className} ${millis === undefined ? styles.nil : ""}`}
      data-cell={name}
      title={title ?? (improved ? t(`marks.${mark}`) : undefined)}
    >
      <span key={news} className={`${styles.time} ${flash}`} data-mark={mark}>
        {text}
      </span>
    </td>
  );
}
