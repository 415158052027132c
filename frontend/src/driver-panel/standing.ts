import type { TFunction } from "i18next";
import type { SessionResult } from "../gen/racetime/v1/history_pb";
import { type StewardMatter, StewardMatterState } from "../gen/racetime/v1/race_control_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { formatSeconds } from "../leaderboard/format";

type T = TFunction<"driver">;

/** Matters before the stewards that concern a driver, newest first. */
export function mattersOf(state: RaceState, driverNumber: number): StewardMatter[] {
  return Object.values(state.stewardMatters)
    .filter(({ driverNumbers }) => driverNumbers.includes(driverNumber))
    .sort((a, b) => b.raceOffsetMillis - a.raceOffsetMillis);
}

const STATES = {
  [StewardMatterState.UNSPECIFIED]: "noted",
  [StewardMatterState.NOTED]: "noted",
  [StewardMatterState.INVESTIGATED]: "investigated",
  [StewardMatterState.DEFERRED]: "deferred",
  [StewardMatterState.CLOSED]: "closed",
  [StewardMatterState.PENALISED]: "penalised",
  [StewardMatterState.SERVED]: "served",
} as const;

export function matterState({ state, penaltyMillis }: StewardMatter, t: T): string {
  const said = t(`matters.${STATES[state] ?? "noted"}`);
  return penaltyMillis === undefined ? said : `+${penaltyMillis / 1000} s · ${said}`;
}

/** What a driver has of the session and the championship, part by part; empty while nothing is known. */
export function outcomeOf(state: RaceState, driverNumber: number, t: T): string[] {
  const result = state.results[driverNumber];
  const line = state.driverChampionship[driverNumber];
  const points = line?.currentPoints ?? line?.startPoints;
  const position = line?.currentPosition ?? line?.startPosition;
  const championship =
    points === undefined
      ? []
      : [t("championship", { position: position ?? "–", points: t("points", { count: points }) })];
  return [...(result === undefined ? [] : resultParts(result, t)), ...championship];
}

function resultParts(result: SessionResult, t: T): string[] {
  const { position, points, dnf, dns, dsq, gapToLeader: gap } = result;
  const reason = dsq ? "dsq" : dns ? "dns" : dnf ? "dnf" : undefined;
  if (reason !== undefined) return [t(reason)];
  if (position === undefined) return [];
  const behind =
    gap.case === "gapToLeaderLaps"
      ? [`+${t("laps", { count: gap.value })}`]
      : gap.case === "gapToLeaderMillis" && gap.value > 0
        ? [`+${formatSeconds(gap.value)}`]
        : [];
  return [`P${position}`, ...behind, ...(points ? [t("points", { count: points })] : [])];
}
