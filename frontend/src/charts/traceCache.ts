import type { TelemetryBatch } from "../gen/racetime/v1/motion_pb";
import type { TelemetryWish } from "../live/lapTelemetry";

export type ReadTelemetry = (wish: TelemetryWish, signal: AbortSignal) => Promise<TelemetryBatch[]>;

/** Telemetry of laps that was read already; laps of the past do not change. */
export interface TraceCache {
  /** Answer the telemetry of a lap, read when it was not yet. The signal ends the reading. */
  get(key: string, wish: TelemetryWish, signal: AbortSignal): Promise<TelemetryBatch[]>;
}

const MOST_LAPS = 40;

/** Keep the telemetry of the laps that were asked for last; what failed, was ended or brought nothing is read again. */
export function createTraceCache(read: ReadTelemetry): TraceCache {
  const held = new Map<string, TelemetryBatch[]>();
  return {
    async get(key, wish, signal) {
      const known = held.get(key);
      if (known !== undefined) return known;
      const batches = await read(wish, signal);
      if (signal.aborted || batches.length === 0) return batches;
      held.set(key, batches);
      if (held.size > MOST_LAPS) held.delete(held.keys().next().value ?? "");
      return batches;
    },
  };
}
