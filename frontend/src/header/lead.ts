import type { TFunction } from "i18next";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { formatLapTime, formatSeconds } from "../leaderboard/format";
import { codeOf, leaderOf, orderOf, rankedByTime } from "../ui/order";

export interface Lead {
  driverNumber: number;
  code: string;
  colour: string;
  detail: string;
}

/** Who leads and by how much: by the gap of the second, or, where lap times rank, by best laps. */
export function leadOf(t: TFunction<"header">, state: RaceState): Lead | undefined {
  const leader = leaderOf(state);
  if (leader === undefined) return undefined;
  const second = orderOf(state)[1];
  const detail = rankedByTime(state) ? bestDetail(t, state, leader) : gapDetail(t, state, second);
  return {
    driverNumber: leader,
    code: codeOf(state, leader),
    colour: state.drivers[leader]?.teamColour ?? "",
    detail,
  };
}

function gapDetail(t: TFunction<"header">, state: RaceState, second: number | undefined): string {
  const gap = second === undefined ? undefined : state.gaps[second]?.gapToLeader;
  if (gap?.case === "gapToLeaderMillis") return t("leadsBy", { gap: formatSeconds(gap.value) });
  if (gap?.case === "gapToLeaderLaps") return t("leadsByLaps", { count: gap.value });
  return t("leads");
}

function bestDetail(t: TFunction<"header">, state: RaceState, leader: number): string {
  const best = state.timings[leader]?.bestLapMillis;
  return best === undefined ? t("noTime") : formatLapTime(best);
}

/** "45" and "/57"; a dash for a lap that is not known, nothing for a total that is not. */
export function lapText(state: RaceState): { current: string; total: string } {
  const { currentLap, totalLaps } = state.progress ?? {};
  return {
    current: currentLap === undefined ? "–" : String(currentLap),
    total: totalLaps === undefined ? "" : `/${totalLaps}`,
  };
}
