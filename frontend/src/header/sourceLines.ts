import type { TFunction } from "i18next";
import { SourceCondition, type SourceFreshness } from "../gen/racetime/v1/freshness_pb";

export type Freshness = "fresh" | "late" | "lost" | "quiet";

export interface SourceLine {
  endpoint: string;
  label: string;
  freshness: Freshness;
  /** Such as "0.7 s", "41 s, late", "lost 1:36"; a dash when no row came yet. */
  text: string;
}

/** Endpoints, the most telling first. */
const SHOWN = [
  "location",
  "intervals",
  "laps",
  "race_control",
  "weather",
  "position",
  "stints",
  "pit",
] as const;
const MOST_SHOWN = 6;
const LATE_PERIODS = 3;
const LOST_PERIODS = 10;
/** Wall time that rows may take to the page before the page itself calls them late. */
const WAY_MILLIS = 6_000;

type Translate = TFunction<"header">;

/** How fresh each source is, the most telling first. `now` is the race time now. */
export function sourceLines(
  t: Translate,
  sources: Readonly<Record<string, SourceFreshness>>,
  now: number | undefined,
  speed: number,
): SourceLine[] {
  return SHOWN.flatMap((endpoint) => {
    const source = sources[endpoint];
    return source === undefined ? [] : [lineOf(t, endpoint, source, now, speed)];
  }).slice(0, MOST_SHOWN);
}

/** The age of the newest row of all sources, such as "0.7 s"; unset when there is none. */
export function newestAge(
  sources: Readonly<Record<string, SourceFreshness>>,
  now: number | undefined,
): string | undefined {
  const newest = Object.values(sources).flatMap(
    ({ newestRaceOffsetMillis }) => newestRaceOffsetMillis ?? [],
  );
  if (now === undefined || newest.length === 0) return undefined;
  return formatAge(Math.max(0, now - Math.max(...newest)));
}

function lineOf(
  t: Translate,
  endpoint: (typeof SHOWN)[number],
  source: SourceFreshness,
  now: number | undefined,
  speed: number,
): SourceLine {
  const label = t(`source.${endpoint}`);
  if (source.newestRaceOffsetMillis === undefined || now === undefined) {
    return { endpoint, label, freshness: conditionOf(source), text: "–" };
  }
  const age = Math.max(0, now - source.newestRaceOffsetMillis);
  const freshness = worse(
    conditionOf(source),
    ageCondition(age - WAY_MILLIS * speed, source.periodMillis),
  );
  const text = formatAge(age);
  const told = freshness === "late" || freshness === "lost";
  return { endpoint, label, freshness, text: told ? t(`age.${freshness}`, { age: text }) : text };
}

function conditionOf({ condition }: SourceFreshness): Freshness {
  if (condition === SourceCondition.LOST) return "lost";
  if (condition === SourceCondition.LATE) return "late";
  return condition === SourceCondition.FRESH ? "fresh" : "quiet";
}

/** What the age says by itself: needed when the stream is away and the server's word grows old. */
function ageCondition(age: number, periodMillis: number | undefined): Freshness {
  if (periodMillis === undefined || periodMillis <= 0) return "quiet";
  if (age >= LOST_PERIODS * periodMillis) return "lost";
  return age >= LATE_PERIODS * periodMillis ? "late" : "quiet";
}

const RANK: Record<Freshness, number> = { quiet: 0, fresh: 1, late: 2, lost: 3 };

function worse(one: Freshness, other: Freshness): Freshness {
  return RANK[one] >= RANK[other] ? one : other;
}

/** 700 -> "0.7 s", 41000 -> "41 s", 96000 -> "1:36". */
export function formatAge(millis: number): string {
  const seconds = millis / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)}`;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
