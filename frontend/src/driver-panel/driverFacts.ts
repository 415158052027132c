import type { TFunction } from "i18next";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { DASH, gapCell, gapToBestCell, intervalCell, lapCell } from "../leaderboard/format";
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
      value: known ? brief(intervalCell(gap, false).text, t) : DASH,
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
      value: index === 0 ? DASH : brief(gapCell(state.gaps[driverNumber], false).text, t),
    },
  ];
}

/** The gap shrinks by so much a lap: "−0.42", or grows: "+0.10". */
function trendText(closing: number): string {
  const tenths = Math.round(Math.abs(closing) / 10) / 100;
  return `${closing > 0 ? "−" : "+"}${tenths.toFixed(2)}`;
}

/** "+25 LAPS" -> "25 laps": five figures stand side by side. */
function brief(text: string, t: T): string {
  const laps = /^\+(\d+) LAP/.exec(text)?.[1];
  return laps === undefined ? text : t("laps", { count: Number(laps) });
}

function timedFacts(state: RaceState, driverNumber: number, t: T): Fact[] {
  const timing = state.timings[driverNumber];
  const bests = Object.values(state.timings).flatMap(({ bestLapMillis }) => bestLapMillis ?? []);
  const best = bests.length === 0 ? undefined : Math.min(...bests);
  const laps = timing?.lapsCompleted;
  return [
    { name: t("lapsRun"), of: "", value: laps === undefined ? DASH : String(laps) },
    { name: t("toBest"), of: "", value: gapToBestCell(timing?.bestLapMillis, best).text || DASH },
    { name: t("lastLap"), of: "", value: lapCell(timing?.lastLapMillis).text },
  ];
}

function bestFact(state: RaceState, driverNumber: number, t: T): Fact {
  const { bestLap, bestLapMillis } = state.timings[driverNumber] ?? {};
  return {
    name: t("bestLap"),
    of: bestLap === undefined ? "" : `L${bestLap}`,
    value: lapCell(bestLapMillis).text,
  };
}
