import type { TFunction } from "i18next";
import type { CarGap } from "../gen/racetime/v1/car_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { DASH, formatLapTime, formatSeconds } from "../leaderboard/format";
import { closingMillis } from "../race/closing";
import { codeOf, orderOf, rankedByTime } from "../ui/order";

/** A figure of a driver, with what it belongs to. */
export interface Fact {
  name: string;
  of: string;
  value: string;
  /** How the figure changes, in small. */
  trend?: string;
}

type T = TFunction<"driver">;

/** What the panel tells of a driver at a glance: place, neighbours and best lap; by lap times where those rank. */
export function factsOf(state: RaceState, driverNumber: number, t: T): Fact[] {
  const position = state.positions[driverNumber]?.position;
  const place = { name: t("place"), of: "", value: position ? `P${position}` : DASH };
  return [
    place,
    ...(rankedByTime(state) ? timedFacts : raceFacts)(state, driverNumber, t),
    bestFact(state, driverNumber, t),
  ];
}

function raceFacts(state: RaceState, driverNumber: number, t: T): Fact[] {
  const order = orderOf(state);
  const index = order.indexOf(driverNumber);
  const ahead = order[index - 1];
  const behind = order[index + 1];
  type Pair = [chaser: number | undefined, chased: number | undefined];
  const neighbour = (name: string, other: number | undefined, pair: Pair): Fact => {
    const [chaser, chased] = pair;
    const gap = chaser === undefined ? undefined : state.gaps[chaser];
    const known = other !== undefined && chaser !== undefined && chased !== undefined;
    const fact = {
      name,
      of: other === undefined ? "" : codeOf(state, other),
      value: known ? distance(gap?.interval, t) : DASH,
    };
    const closing = known ? closingMillis(state, chaser, chased) : undefined;
    return closing === undefined ? fact : { ...fact, trend: trendText(closing) };
  };
  return [
    neighbour(t("ahead"), ahead, [driverNumber, ahead]),
    neighbour(t("behind"), behind, [behind, driverNumber]),
    {
      name: t("toLeader"),
      of: "",
      value: index === 0 ? DASH : distance(state.gaps[driverNumber]?.gapToLeader, t),
    },
  ];
}

/** The gap shrinks by so much a lap: "−0.42", or grows: "+0.10". */
function trendText(closing: number): string {
  const tenths = Math.round(Math.abs(closing) / 10) / 100;
  return `${closing > 0 ? "−" : "+"}${tenths.toFixed(2)}`;
}

/** "2.345", or "25 laps" without a sign: five figures stand side by side. */
function distance(gap: CarGap["gapToLeader"] | CarGap["interval"] | undefined, t: T): string {
  if (gap?.case === undefined) return DASH;
  const inLaps = gap.case === "gapToLeaderLaps" || gap.case === "intervalLaps";
  return inLaps ? t("laps", { count: gap.value }) : formatSeconds(gap.value);
}

const lapText = (millis: number | undefined): string =>
  millis === undefined ? DASH : formatLapTime(millis);

/** How much slower a best lap is than the best of all; a dash for the best. */
function toBest(best: number | undefined, bestOfAll: number | undefined): string {
  const known = best !== undefined && bestOfAll !== undefined && best > bestOfAll;
  return known ? `+${formatSeconds(best - bestOfAll)}` : DASH;
}

function timedFacts(state: RaceState, driverNumber: number, t: T): Fact[] {
  const timing = state.timings[driverNumber];
  const bests = Object.values(state.timings).flatMap(({ bestLapMillis }) => bestLapMillis ?? []);
  const best = bests.length === 0 ? undefined : Math.min(...bests);
  const laps = timing?.lapsCompleted;
  return [
    { name: t("lapsRun"), of: "", value: laps === undefined ? DASH : String(laps) },
    { name: t("toBest"), of: "", value: toBest(timing?.bestLapMillis, best) },
    { name: t("lastLap"), of: "", value: lapText(timing?.lastLapMillis) },
  ];
}

function bestFact(state: RaceState, driverNumber: number, t: T): Fact {
  const { bestLap, bestLapMillis } = state.timings[driverNumber] ?? {};
  return {
    name: t("bestLap"),
    of: bestLap === undefined ? "" : `L${bestLap}`,
    value: lapText(bestLapMillis),
  };
}
