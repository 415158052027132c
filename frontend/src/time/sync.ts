import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { SessionPhase } from "../gen/racetime/v1/session_pb";
import { leaderOf } from "../ui/order";

/** What a viewer can see on TV and tap at: each has an instant in the data. */
export type SyncPoint = "lightsOut" | "leaderLine";

/** A tap is taken for the newest such instant that lies so far back at most. */
const LONGEST_DELAY_MILLIS = 300_000;

/** Instants of a point, newest first, of a state at the live edge. Times are race offsets in milliseconds. */
export function instantsOf(state: RaceState, point: SyncPoint): number[] {
  if (point === "lightsOut") {
    const { phase, startedRaceOffsetMillis } = state.clock ?? {};
    const started = phase !== undefined && phase >= SessionPhase.STARTED;
    return started && startedRaceOffsetMillis !== undefined ? [startedRaceOffsetMillis] : [];
  }
  const leader = leaderOf(state);
  return Object.values(state.laps)
    .filter(({ driverNumber }) => driverNumber === leader)
    .flatMap(({ startRaceOffsetMillis: start }) => (start === undefined ? [] : [start]))
    .sort((one, other) => other - one);
}

/**
 * Tell how far a TV is behind, from a tap at the instant at which it showed a point.
 *
 * `edge` is the live edge at the tap. The present delay decides between several instants: the one that fits it best.
 * Unset when no instant lies close enough behind.
 */
export function delayFor(
  instants: readonly number[],
  edge: number,
  presentDelay: number,
): number | undefined {
  const delays = instants
    .map((instant) => edge - instant)
    .filter((delay) => delay >= 0 && delay <= LONGEST_DELAY_MILLIS);
  if (delays.length === 0) return undefined;
  const off = (delay: number): number => Math.abs(delay - presentDelay);
  return delays.reduce((best, delay) => (off(delay) < off(best) ? delay : best));
}
