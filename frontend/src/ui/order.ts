import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { SessionKind } from "../gen/racetime/v1/session_pb";

/** Driver numbers by place; drivers without a place come last, by number. */
export function orderOf(state: RaceState): number[] {
  const numbers = new Set(
    [...Object.keys(state.drivers), ...Object.keys(state.positions)].map(Number),
  );
  const place = (number: number): number =>
    state.positions[number]?.position || Number.POSITIVE_INFINITY;
  return [...numbers].sort((a, b) => compare(place(a), place(b)) || a - b);
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** The order as one value, which is equal when the order is. */
export function orderKey(state: RaceState): string {
  return orderOf(state).join();
}

export function parseOrder(key: string | undefined): number[] {
  return key === undefined || key === "" ? [] : key.split(",").map(Number);
}

/** The car in first place; unset while places are not known. */
export function leaderOf(state: RaceState): number | undefined {
  const first = Object.entries(state.positions).find(([, { position }]) => position === 1);
  return first && Number(first[0]);
}

/** Whether cars are ranked by lap time and not by the way they have driven. */
export function rankedByTime(state: RaceState): boolean {
  const kind = state.session?.kind ?? SessionKind.UNSPECIFIED;
  return (
    kind === SessionKind.PRACTICE ||
    kind === SessionKind.QUALIFYING ||
    kind === SessionKind.SPRINT_QUALIFYING
  );
}

/** Three letters for a driver, or the number when there are none. */
export function codeOf(state: RaceState, driverNumber: number): string {
  return state.drivers[driverNumber]?.nameAcronym || String(driverNumber);
}
