import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { DASH, gapCell, gapToBestCell, intervalCell, lapCell } from "../leaderboard/format";
import { codeOf, orderOf, rankedByTime } from "../ui/order";

/** A figure of a driver, with what it belongs to. */
export interface Fact {
  name: string;
  of: string;
  value: string;
}

/** What the panel tells of a driver at a glance: place, neighbours and best lap; by lap times where those rank. */
export function factsOf(state: RaceState, driverNumber: number): Fact[] {
  const position = state.positions[driverNumber]?.position;
  const place = { name: "Place", of: "", value: position ? `P${position}` : DASH };
  return [
    place,
    ...(rankedByTime(state) ? timedFacts : raceFacts)(state, driverNumber),
    bestFact(state, driverNumber),
  ];
}

function raceFacts(state: RaceState, driverNumber: number): Fact[] {
  const order = orderOf(state);
  const index = order.indexOf(driverNumber);
  const ahead = order[index - 1];
  const behind = order[index + 1];
  const interval = (of: number | undefined, gapOf: number | undefined): string =>
    of === undefined || gapOf === undefined
      ? DASH
      : brief(intervalCell(state.gaps[gapOf], false).text);
  const code = (number: number | undefined): string =>
    number === undefined ? "" : codeOf(state, number);
  return [
    { name: "Ahead", of: code(ahead), value: interval(ahead, driverNumber) },
    { name: "Behind", of: code(behind), value: interval(behind, behind) },
    {
      name: "To leader",
      of: "",
      value: index === 0 ? DASH : brief(gapCell(state.gaps[driverNumber], false).text),
    },
  ];
}

/** "+25 LAPS" -> "25 laps": five figures stand side by side. */
function brief(text: string): string {
  return text.replace(/^\+(\d+) LAP/, "$1 lap").replace(/S$/, "s");
}

function timedFacts(state: RaceState, driverNumber: number): Fact[] {
  const timing = state.timings[driverNumber];
  const bests = Object.values(state.timings).flatMap(({ bestLapMillis }) => bestLapMillis ?? []);
  const best = bests.length === 0 ? undefined : Math.min(...bests);
  const laps = timing?.lapsCompleted;
  return [
    { name: "Laps", of: "", value: laps === undefined ? DASH : String(laps) },
    { name: "To best", of: "", value: gapToBestCell(timing?.bestLapMillis, best).text || DASH },
    { name: "Last lap", of: "", value: lapCell(timing?.lastLapMillis).text },
  ];
}

function bestFact(state: RaceState, driverNumber: number): Fact {
  const { bestLap, bestLapMillis } = state.timings[driverNumber] ?? {};
  return {
    name: "Best lap",
    of: bestLap === undefined ? "" : `L${bestLap}`,
    value: lapCell(bestLapMillis).text,
  };
}
