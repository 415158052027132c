/** How much of a lateness is believed with each message: slow, as most lateness is the network's. */
const DRIFT_SHARE = 0.02;
/** Steps larger than this, in wall time, are taken at once: another session, a rewound source. */
const JUMP_WALL_MILLIS = 5_000;

/** The race's own clock, as told by the stream. Times are race offsets in milliseconds. */
export interface RaceClock {
  /** A message that describes `raceOffsetMillis` was received. */
  observe(raceOffsetMillis: number, wallMillis: number): void;
  setSpeed(speed: number): void;
  /** Let the clock stand at the last message, as when the session is over. */
  setRunning(running: boolean): void;
  /** Stand at an instant whatever is told, until given none. */
  hold(raceOffsetMillis: number | undefined): void;
  held(): boolean;
  reset(): void;
  /** The race now; unset before the first message. */
  now(wallMillis: number): number | undefined;
  speed(): number;
}

export function createRaceClock(): RaceClock {
  let anchor: number | undefined; // race time at wall time 0, if it had always run at this speed
  let newest = 0;
  let speed = 1;
  let running = true;
  let heldAt: number | undefined;

  return {
    observe(raceOffsetMillis, wallMillis) {
      newest = anchor === undefined ? raceOffsetMillis : Math.max(newest, raceOffsetMillis);
      const candidate = raceOffsetMillis - wallMillis * speed;
      if (anchor === undefined || Math.abs(candidate - anchor) > JUMP_WALL_MILLIS * speed) {
        anchor = candidate;
        newest = raceOffsetMillis;
      } else if (candidate > anchor) anchor = candidate;
      else anchor += (candidate - anchor) * DRIFT_SHARE;
    },
    setSpeed(next) {
      if (next === speed || !(next > 0)) return;
      speed = next;
      anchor = undefined;
    },
    setRunning(next) {
      running = next;
    },
    hold(raceOffsetMillis) {
      heldAt = raceOffsetMillis;
    },
    held: () => heldAt !== undefined,
    reset() {
      anchor = undefined;
      running = true;
    },
    now(wallMillis) {
      if (heldAt !== undefined) return heldAt;
      if (anchor === undefined) return undefined;
      return running ? anchor + wallMillis * speed : newest;
    },
    speed: () => speed,
  };
}
