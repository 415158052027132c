import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { follow } from "./follow.js";
import { RaceService, WatchRaceRequestSchema } from "./gen/racetime/v1/race_service_pb.js";
import type { Lane } from "./gen/racetime/v1/update_record_pb.js";
import { Race } from "./race.js";

export interface WatchOptions {
  /** Unset for the live session. */
  sessionKey?: number;
  /** Empty or unset for timing and motion. */
  lanes?: Lane[];
  /** Drivers whose telemetry to send; empty or unset for all. */
  driverNumbers?: number[];
  /** Stay that far behind the live edge. */
  delayMillis?: number;
  /** Replay from an instant of the race, */
  start?: Date;
  /** at so many race seconds a second. */
  speed?: number;
  minIntervalMillis?: number;
  /** Ends the watch. */
  signal?: AbortSignal;
  /** Another way to the server than gRPC-Web by fetch. */
  transport?: Transport;
}

/** What heals by itself: the server or the way to it is gone or full. */
const HEALS: readonly Code[] = [
  Code.Unavailable,
  Code.ResourceExhausted,
  Code.Internal,
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Canceled,
];

/**
 * Yield the race whenever it has changed, through reconnects, until it is told to stop.
 *
 * `baseUrl` is that of a gateway. Throws ConnectError for what cannot heal, such as a session that is not there.
 */
export async function* watch(
  baseUrl: string,
  options: WatchOptions = {},
): AsyncGenerator<Race, void, undefined> {
  const { transport = createGrpcWebTransport({ baseUrl }), signal } = options;
  const ends = new AbortController();
  const either = signal === undefined ? ends.signal : AbortSignal.any([signal, ends.signal]);
  const request = create(WatchRaceRequestSchema, requestOf(options));
  let race = new Race();
  try {
    for await (const told of follow(createClient(RaceService, transport), request, {
      signal: either,
    })) {
      if (told.kind === "snapshot") {
        const { sessionKey, logRevision, sequence, state, raceOffsetMillis } = told;
        race = new Race(sessionKey, logRevision, sequence, state, state, raceOffsetMillis);
        yield race;
      } else if (told.kind === "update") {
        race = race.merged(told.update, told.sequence, told.raceOffsetMillis);
        yield race;
      } else if (told.kind === "lost" && told.error && !HEALS.includes(told.error.code)) {
        throw told.error;
      }
    }
  } finally {
    ends.abort();
  }
}

function requestOf(options: WatchOptions): MessageInitShape<typeof WatchRaceRequestSchema> {
  const { sessionKey, lanes = [], driverNumbers = [], speed, minIntervalMillis } = options;
  return {
    lanes,
    driverNumbers,
    ...(sessionKey !== undefined && { sessionKey }),
    ...(speed !== undefined && { speed }),
    ...(minIntervalMillis !== undefined && { minIntervalMillis }),
    ...startOf(options),
  };
}

function startOf({ delayMillis, start }: WatchOptions) {
  if (delayMillis !== undefined)
    return { start: { case: "delayMillis", value: delayMillis } } as const;
  if (start !== undefined)
    return { start: { case: "raceTime", value: timestampFromDate(start) } } as const;
  return {};
}
