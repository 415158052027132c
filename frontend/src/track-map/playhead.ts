/** Wall time over which arrivals are looked back on to choose the delay. */
const MEMORY_MILLIS = 20_000;
/** Safety on top of the delay that the arrivals ask for, in wall time. */
const MARGIN_MILLIS = 150;
/** No source is waited for longer than this, in wall time. */
const LONGEST_DELAY_MILLIS = 8_000;
/** Delay to begin with, in wall time, until arrivals have told what is needed. */
const FIRST_DELAY_MILLIS = 1_500;
/** Wall time in which an error of the buffer is worked off, and how much the pace may bend for it. */
const SETTLE_MILLIS = 3_000;
const BEND = 0.25;
/** Errors larger than this, in wall time, are cut: a tab that slept, a stream that was away. */
const CUT_MILLIS = 12_000;
/** Wall time without samples after which cars are drawn stale. */
const STARVED_MILLIS = 1_500;

/**
 * The instant of the race that the map shows: behind the newest sample by as little as the bursts of the data allow, at
 * the race's speed, and never past the newest sample.
 */
export interface Playhead {
  /** Samples came; the newest is of `newestMillis`. */
  arrived(newestMillis: number, wallMillis: number, speed: number): void;
  /** Move to a wall-clock instant and answer the race time shown; unset before the first sample. */
  advance(wallMillis: number): number | undefined;
  time(): number | undefined;
  /** Whether the samples have run out for so long that the cars stand for no fault of theirs. */
  starved(): boolean;
  reset(): void;
}

interface Arrival {
  wallMillis: number;
  /** Newest sample before the arrival, and after it, each less what the wall clock has run: a line's height. */
  low: number;
  high: number;
}

export function createPlayhead(): Playhead {
  let arrivals: Arrival[] = [];
  let newest: number | undefined;
  let speed = 1;
  let shown: number | undefined;
  let wall: number | undefined;
  let starvedMillis = 0;

  const heightWanted = (): number => {
    const high = Math.max(...arrivals.map((arrival) => arrival.high));
    const low = Math.min(...arrivals.map((arrival) => arrival.low));
    return Math.max(low - MARGIN_MILLIS * speed, high - LONGEST_DELAY_MILLIS * speed);
  };

  const move = (elapsed: number, wallMillis: number, at: number, end: number): number => {
    const error = heightWanted() + wallMillis * speed - at;
    if (Math.abs(error) > CUT_MILLIS * speed) return Math.min(end, at + error);
    const bend = Math.max(-BEND, Math.min(BEND, error / (SETTLE_MILLIS * speed)));
    return Math.min(end, at + elapsed * speed * (1 + bend));
  };

  const reset = (): void => {
    arrivals = [];
    newest = undefined;
    shown = undefined;
    wall = undefined;
    starvedMillis = 0;
  };

  return {
    arrived(newestMillis, wallMillis, nextSpeed) {
      if (nextSpeed !== speed) reset();
      speed = nextSpeed;
      const low = (newest ?? newestMillis - FIRST_DELAY_MILLIS * speed) - wallMillis * speed;
      const high = newestMillis - wallMillis * speed;
      if (newest !== undefined && newestMillis <= newest) return;
      arrivals.push({ wallMillis, low, high });
      arrivals = arrivals.filter((arrival) => arrival.wallMillis > wallMillis - MEMORY_MILLIS);
      newest = newestMillis;
    },
    advance(wallMillis) {
      if (newest === undefined) return undefined;
      if (wall !== undefined && wallMillis <= wall) return shown;
      if (shown === undefined || wall === undefined) {
        shown = Math.min(newest, heightWanted() + wallMillis * speed);
      } else {
        const elapsed = Math.max(0, wallMillis - wall);
        shown = Math.max(Math.min(shown, newest), move(elapsed, wallMillis, shown, newest));
        starvedMillis = shown >= newest ? starvedMillis + elapsed : 0;
      }
      wall = wallMillis;
      return shown;
    },
    time: () => shown,
    starved: () => starvedMillis > STARVED_MILLIS,
    reset,
  };
}
