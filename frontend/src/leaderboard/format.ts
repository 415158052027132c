import type { TFunction } from "i18next";
import {
  type CarGap,
  type CarPosition,
  CarState,
  type CarStatus,
  TimeMark,
} from "../gen/racetime/v1/car_pb";
import { type StewardMatter, StewardMatterState } from "../gen/racetime/v1/race_control_pb";

/** What a cell says: its text, and the reason when it is a dash. */
export interface CellText {
  text: string;
  title?: string;
}

/** Words of the leaderboard in the page's language. */
export type Words = TFunction<"leaderboard">;

export const DASH = "–";

export function unknown(reason: string): CellText {
  return { text: DASH, title: reason };
}

/** 86789 -> "1:26.789"; under a minute "29.993". */
export function formatLapTime(millis: number): string {
  const minutes = Math.floor(millis / 60_000);
  return minutes === 0
    ? formatSeconds(millis)
    : `${minutes}:${formatSeconds(millis % 60_000).padStart(6, "0")}`;
}

/** 6703 -> "6.703". */
export function formatSeconds(millis: number): string {
  const sign = millis < 0 ? "−" : "";
  const size = Math.abs(millis);
  return `${sign}${Math.floor(size / 1000)}.${String(size % 1000).padStart(3, "0")}`;
}

export function gapCell(gap: CarGap | undefined, leader: boolean, t: Words): CellText {
  if (leader) return { text: "", title: t("theLeader") };
  if (gap?.gapToLeader.case === "gapToLeaderMillis")
    return { text: formatSeconds(gap.gapToLeader.value) };
  if (gap?.gapToLeader.case === "gapToLeaderLaps")
    return { text: t("laps", { count: gap.gapToLeader.value }) };
  return unknown(t("missing.gap"));
}

export function intervalCell(gap: CarGap | undefined, leader: boolean, t: Words): CellText {
  if (leader) return { text: t("leader") };
  if (gap?.interval.case === "intervalMillis") return { text: formatSeconds(gap.interval.value) };
  if (gap?.interval.case === "intervalLaps")
    return { text: t("laps", { count: gap.interval.value }) };
  return unknown(t("missing.interval"));
}

/** A gap to a chosen driver: + behind, − ahead. */
export function relativeGapCell(millis: number | undefined, t: Words): CellText {
  if (millis === undefined) return unknown(t("missing.relativeGap"));
  return { text: millis === 0 ? "" : `${millis > 0 ? "+" : ""}${formatSeconds(millis)}` };
}

/** In a session ranked by lap time: how much slower the best lap is than the best of all. */
export function gapToBestCell(
  best: number | undefined,
  bestOfAll: number | undefined,
  t: Words,
): CellText {
  if (best === undefined || bestOfAll === undefined) return unknown(t("missing.lapTime"));
  return best <= bestOfAll
    ? { text: "", title: t("theBest") }
    : { text: `+${formatSeconds(best - bestOfAll)}` };
}

export function lapCell(millis: number | undefined, t: Words): CellText {
  return millis === undefined ? unknown(t("missing.lapTime")) : { text: formatLapTime(millis) };
}

export function placesGainedCell(position: CarPosition | undefined, t: Words): CellText {
  if (!position?.position || position.gridPosition === undefined) return unknown(t("missing.grid"));
  const gained = position.gridPosition - position.position;
  if (gained === 0) return { text: "=", title: t("onGrid") };
  const count = Math.abs(gained);
  const title = t(gained > 0 ? "gainedCount" : "lostCount", { count });
  return { text: `${gained > 0 ? "▲" : "▼"}${count}`, title };
}

export function stopsCell(status: CarStatus | undefined, t: Words): CellText {
  return status?.stops === undefined ? unknown(t("missing.stops")) : { text: String(status.stops) };
}

export function ageCell(ageLaps: number | undefined, t: Words): CellText {
  return ageLaps === undefined ? unknown(t("missing.age")) : { text: String(ageLaps) };
}

export type Tone = "pit" | "exit" | "danger" | "out" | "plain" | "penalty" | "notice";

export interface Tag {
  text: string;
  tone: Tone;
  title?: string;
}

/** What a car is doing, as a tag; none when it simply runs. */
export function statusTag(
  status: CarStatus | undefined,
  byTime: boolean,
  t: Words,
): Tag | undefined {
  switch (status?.state) {
    case CarState.IN_PIT:
      return { text: t("tags.pit"), tone: "pit" };
    case CarState.OUT_LAP:
      return { text: t(byTime ? "tags.outLap" : "tags.pitExit"), tone: "exit" };
    case CarState.STOPPED:
      return { text: t("tags.stopped"), tone: "danger" };
    case CarState.RETIRED:
      return {
        text:
          status.outLap === undefined ? t("tags.out") : t("tags.outOnLap", { lap: status.outLap }),
        tone: "out",
      };
    case CarState.FINISHED:
      return { text: t("tags.finished"), tone: "plain" };
    case CarState.KNOCKED_OUT:
      return { text: t("tags.knockedOut"), tone: "out" };
    case CarState.WAITING:
      return { text: t(byTime ? "tags.garage" : "tags.grid"), tone: "out" };
    default:
      return undefined;
  }
}

/** The most pressing matter of a driver before the stewards, as a tag. */
export function stewardTag(matters: readonly StewardMatter[], t: Words): Tag | undefined {
  const penalties = matters.filter((matter) => matter.state === StewardMatterState.PENALISED);
  const first = penalties[0];
  if (first !== undefined) {
    const millis = penalties.reduce((sum, matter) => sum + (matter.penaltyMillis ?? 0), 0);
    return {
      text: millis > 0 ? `+${millis / 1000}s` : t("tags.penalty"),
      tone: "penalty",
      title: first.message,
    };
  }
  const open = matters.find(
    ({ state }) =>
      state === StewardMatterState.INVESTIGATED || state === StewardMatterState.DEFERRED,
  );
  return open && { text: t("tags.investigated"), tone: "notice", title: open.message };
}

export type Mark = "best" | "personal" | "slower" | "none";

export function markOf(mark: TimeMark | undefined): Mark {
  if (mark === TimeMark.OVERALL_BEST) return "best";
  if (mark === TimeMark.PERSONAL_BEST) return "personal";
  return mark === TimeMark.SLOWER ? "slower" : "none";
}

/** The mark of a time as of now: a best of all that was beaten since is the driver's own best only. */
export function markNow(
  mark: TimeMark | undefined,
  millis: number | undefined,
  bestMillis: number | undefined,
): Mark {
  const beaten = millis !== undefined && bestMillis !== undefined && millis > bestMillis;
  return mark === TimeMark.OVERALL_BEST && beaten ? "personal" : markOf(mark);
}

/** Whether a car no longer takes part, so that its row is dimmed. */
export function isGone(status: CarStatus | undefined): boolean {
  return status?.state === CarState.RETIRED || status?.state === CarState.KNOCKED_OUT;
}
