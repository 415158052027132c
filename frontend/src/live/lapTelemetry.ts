import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { follow, type Told } from "@racetime/client";
import type { TelemetryBatch } from "../gen/racetime/v1/motion_pb";
import {
  RaceService,
  type WatchRaceRequest,
  WatchRaceRequestSchema,
} from "../gen/racetime/v1/race_service_pb";
import { Lane } from "../gen/racetime/v1/update_record_pb";
import { instantsOf } from "./unpackTelemetry";
import { gateway } from "./watchRace";

/** A stretch of the past of which telemetry is wanted. Offsets are race time in milliseconds. */
export interface TelemetryWish {
  sessionKey: number;
  originMillis: number;
  driverNumber: number;
  startMillis: number;
  endMillis: number;
  /** Nothing beyond is read, whatever it would bring. */
  playheadMillis: number;
}

export interface TelemetryParts {
  transport?: Transport;
  random?: () => number;
  /** How long to wait for the stretch to be played, in wall time. */
  patienceMillis?: number;
}

const SPEED = 60;
/** Samples may be published that much later than they were taken. */
const LATE_MILLIS = 15_000;
const PATIENCE_MILLIS = 6_000;
const MOST_BREAKS = 3;

/**
 * Read a driver's telemetry of a past stretch by a short replay; empty when the source has none.
 *
 * Fails when the server cannot be reached.
 */
export async function readTelemetry(
  wish: TelemetryWish,
  signal: AbortSignal,
  parts: TelemetryParts = {},
): Promise<TelemetryBatch[]> {
  const { transport = gateway(), random = Math.random } = parts;
  const playing = (wish.endMillis + LATE_MILLIS - wish.startMillis) / SPEED;
  const { patienceMillis = PATIENCE_MILLIS + playing } = parts;
  const client = createClient(RaceService, transport);
  const ends = new AbortController();
  const timer = setTimeout(() => ends.abort(), patienceMillis);
  const either = AbortSignal.any([signal, ends.signal]);
  const told = follow(client, requestFor(wish), { signal: either, random });
  try {
    return await collected(told, wish);
  } finally {
    clearTimeout(timer);
    ends.abort();
  }
}

function requestFor(wish: TelemetryWish): WatchRaceRequest {
  const value = timestampFromMs(Math.round(wish.originMillis + wish.startMillis));
  return create(WatchRaceRequestSchema, {
    sessionKey: wish.sessionKey,
    start: { case: "raceTime", value },
    speed: SPEED,
    lanes: [Lane.TELEMETRY],
    driverNumbers: [wish.driverNumber],
  });
}

async function collected(
  messages: AsyncIterable<Told>,
  wish: TelemetryWish,
): Promise<TelemetryBatch[]> {
  const batches: TelemetryBatch[] = [];
  let reason: string | undefined = "nothing heard";
  let breaks = 0;
  for await (const told of messages) {
    if (told.kind === "lost") {
      breaks += 1;
      reason = told.reason;
      if (breaks > MOST_BREAKS) break;
      continue;
    }
    reason = undefined;
    if (told.kind === "heard") continue;
    if (told.raceOffsetMillis > wish.playheadMillis) break;
    const { telemetry } = told.kind === "snapshot" ? told.state : told.update;
    const own = telemetry.filter(({ driverNumber }) => driverNumber === wish.driverNumber);
    batches.push(...own);
    const whole = own.some((batch) => (instantsOf(batch).at(-1) ?? 0) >= wish.endMillis);
    if (whole || told.raceOffsetMillis >= wish.endMillis + LATE_MILLIS) break;
  }
  if (reason !== undefined && batches.length === 0) throw new Error(reason);
  return batches;
}
