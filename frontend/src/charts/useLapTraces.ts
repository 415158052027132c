import { useEffect, useMemo, useState } from "react";
import type { TelemetryBatch } from "../gen/racetime/v1/motion_pb";
import { readTelemetry, type TelemetryWish } from "../live/lapTelemetry";
import { useRaceObject, useView } from "../live/useRace";
import type { DrivenLap } from "./field";
import { type LapTrace, samplesOf, traceOfLap } from "./telemetry";
import { createTraceCache } from "./traceCache";

/** A lap whose telemetry is shown. */
export interface WantedLap {
  driverNumber: number;
  driven: DrivenLap | undefined;
}

/** How far a lap's telemetry has come; "none" when the source has none of it, "sparse" when too little to be drawn. */
export type TraceState =
  | { kind: "reading" }
  | { kind: "none" }
  | { kind: "sparse" }
  | { kind: "failed" }
  | { kind: "read"; trace: LapTrace };

type Outcome = TelemetryBatch[] | "failed";

const cache = createTraceCache((wish, signal) => readTelemetry(wish, signal));

/** Read the telemetry of laps; those that were read are not read again. */
export function useLapTraces(wanted: readonly WantedLap[]): TraceState[] {
  const wishes = useWishes(wanted);
  const length = useView(({ circuit }) => circuit?.lengthMeters || undefined);
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const keys = wishes.map((wish) => (wish === undefined ? "" : keyOf(wish))).join(" ");

  // The keys say which laps are wished for
  useEffect(() => {
    const ends = new AbortController();
    const read = async (wish: TelemetryWish): Promise<void> => {
      const key = keyOf(wish);
      const outcome = await cache.get(key, wish, ends.signal).catch(() => "failed" as const);
      if (!ends.signal.aborted) setOutcomes((held) => new Map(held).set(key, outcome));
    };
    for (const wish of wishes) if (wish !== undefined) void read(wish);
    return () => ends.abort();
  }, [keys]);

  // The keys stand for the wishes here too: other laps that come in change nothing
  return useMemo(
    () =>
      wishes.map((wish) =>
        wish === undefined ? { kind: "none" } : stateOf(outcomes.get(keyOf(wish)), wish, length),
      ),
    [outcomes, keys, length],
  );
}

function useWishes(wanted: readonly WantedLap[]): (TelemetryWish | undefined)[] {
  const { clock } = useRaceObject();
  const sessionKey = useView(({ state }) => state?.session?.sessionKey);
  const originMillis = useView(({ times }) => times.originMillis);
  return useMemo(() => {
    const playheadMillis = clock.now(performance.now());
    return wanted.map(({ driverNumber, driven }) => {
      const { startMillis, endMillis } = driven ?? {};
      if (sessionKey === undefined || originMillis === undefined) return undefined;
      if (startMillis === undefined || endMillis === undefined) return undefined;
      return {
        sessionKey,
        originMillis,
        driverNumber,
        startMillis,
        endMillis,
        playheadMillis: Math.max(playheadMillis ?? 0, endMillis),
      };
    });
  }, [wanted, sessionKey, originMillis, clock]);
}

const keyOf = (wish: TelemetryWish): string =>
  [wish.sessionKey, wish.driverNumber, wish.startMillis, wish.endMillis].join("/");

function stateOf(
  outcome: Outcome | undefined,
  wish: TelemetryWish,
  length: number | undefined,
): TraceState {
  if (outcome === undefined) return { kind: "reading" };
  if (outcome === "failed") return { kind: "failed" };
  const samples = samplesOf(outcome, wish.driverNumber);
  const trace = traceOfLap(samples, wish.startMillis, wish.endMillis, length);
  if (trace !== undefined) return { kind: "read", trace };
  return { kind: samples.length === 0 ? "none" : "sparse" };
}
