import type { TelemetryBatch } from "../gen/racetime/v1/motion_pb";
import { createPlayhead } from "../track-map/playhead";
import type { RaceClock } from "./raceClock";
import {
  append,
  type Columns,
  dropBefore,
  emptyColumns,
  type Reading,
  readingAt,
} from "./telemetryColumns";
import type { WatchStart } from "./watchRace";

/** Speed, gear and pedals of the drivers whom something shows; nothing of it in React's state. */
export interface Telemetry {
  /** Have a driver's samples come until the answered function is called. */
  follow(driverNumber: number): () => void;
  /** Samples came, of a stream that goes on or of another time. */
  add(batches: readonly TelemetryBatch[], whole: boolean): void;
  /** The instant of the race that is shown; unset before the first sample. */
  shownMillis(wallMillis: number): number | undefined;
  reading(driverNumber: number, wallMillis: number): Reading | undefined;
  /** The last minute of a driver. */
  columns(driverNumber: number): Columns | undefined;
}

/** What telemetry is asked for by; times are those of the page's own stream. */
export interface TelemetryParts {
  clock: Pick<RaceClock, "now" | "speed">;
  /** Where the page's stream is; unset while it stands still. */
  startNow: () => WatchStart | undefined;
  /** The instant at which the page stands still; unset while it goes on, and when it is not known. */
  standsAt: () => WatchStart | undefined;
  /** Tell when either changes. */
  subscribe: (onChange: () => void) => void;
  /** Begin a stream of these drivers; answers how to end it. */
  watch: (start: WatchStart, driverNumbers: readonly number[]) => () => void;
  /** Fetch the last seconds up to an instant; answers how to give up. */
  look: (start: WatchStart, driverNumbers: readonly number[]) => () => void;
  wall?: () => number;
  /** Run after a moment; changes that come together are one. */
  schedule?: (run: () => void) => void;
}

const KEPT_MILLIS = 60_000;
const SETTLE_MILLIS = 150;

export function createTelemetry(parts: TelemetryParts): Telemetry {
  const { clock, wall = () => performance.now(), schedule = soon } = parts;
  const followed = new Map<number, number>();
  const held = new Map<number, Columns>();
  const playhead = createPlayhead();
  let end = (): void => {};
  let scheduled = false;
  let newest = Number.NEGATIVE_INFINITY;

  const reset = (): void => {
    held.clear();
    playhead.reset();
    newest = Number.NEGATIVE_INFINITY;
  };

  /** Ask for what is shown now, where the page is now. */
  const ask = (): void => {
    scheduled = false;
    end();
    end = () => {};
    const drivers = [...followed.keys()];
    if (drivers.length === 0) return;
    const start = parts.startNow();
    const still = start === undefined ? parts.standsAt() : undefined;
    if (start !== undefined) end = parts.watch(start, drivers);
    else if (still !== undefined) end = parts.look(still, drivers);
  };
  const askSoon = (): void => {
    if (scheduled) return;
    scheduled = true;
    schedule(ask);
  };
  parts.subscribe(() => {
    if (followed.size > 0) askSoon();
  });

  const shownMillis = (wallMillis: number): number | undefined => {
    const smooth = playhead.advance(wallMillis);
    const now = clock.now(wallMillis);
    return smooth === undefined || now === undefined ? smooth : Math.min(smooth, now);
  };

  return {
    follow(driverNumber) {
      followed.set(driverNumber, (followed.get(driverNumber) ?? 0) + 1);
      if (followed.get(driverNumber) === 1) askSoon();
      return () => {
        const count = (followed.get(driverNumber) ?? 1) - 1;
        if (count > 0) followed.set(driverNumber, count);
        else {
          followed.delete(driverNumber);
          held.delete(driverNumber);
          askSoon();
        }
      };
    },
    add(batches, whole) {
      if (whole) reset();
      for (const batch of batches) {
        const columns = held.get(batch.driverNumber) ?? emptyColumns();
        held.set(batch.driverNumber, columns);
        append(columns, batch);
        newest = Math.max(newest, columns.times.at(-1) ?? newest);
      }
      if (!Number.isFinite(newest)) return;
      playhead.arrived(newest, wall(), clock.speed());
      for (const columns of held.values()) dropBefore(columns, newest - KEPT_MILLIS);
    },
    shownMillis,
    reading(driverNumber, wallMillis) {
      const columns = held.get(driverNumber);
      const at = shownMillis(wallMillis);
      return columns === undefined || at === undefined ? undefined : readingAt(columns, at);
    },
    columns: (driverNumber) => held.get(driverNumber),
  };
}

function soon(run: () => void): void {
  setTimeout(run, SETTLE_MILLIS);
}
