import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Client, Code, ConnectError } from "@connectrpc/connect";
import { backOffMillis, wait } from "./backOff.js";
import {
  type RaceService,
  ResumePointSchema,
  type WatchRaceRequest,
  WatchRaceRequestSchema,
  type WatchRaceResponse,
} from "./gen/racetime/v1/race_service_pb.js";
import type { RaceState } from "./gen/racetime/v1/race_state_pb.js";
import { createWatchdog } from "./watchdog.js";

/** What a watch tells, in order and without a gap, through reconnects. */
export type Told =
  /** A whole state that replaces what is held. */
  | ({ kind: "snapshot"; state: RaceState; sessionKey: number; logRevision: number } & Reading)
  /** A partial state to merge. */
  | ({ kind: "update"; update: RaceState } & Reading)
  /** Nothing new: the stream is alive. */
  | { kind: "heard" }
  /** The stream is lost and will be asked for again; `reason` is for people, `error` what the server answered. */
  | { kind: "lost"; reason: string; error: ConnectError | undefined };

interface Reading {
  sequence: number;
  raceOffsetMillis: number;
}

export interface FollowOptions {
  /** Ends it. */
  signal: AbortSignal;
  random?: () => number;
}

const SILENT_PERIODS = 3;
const FIRST_PERIOD_MILLIS = 5_000;

/** Position of the reader in the log; where to go on after a break. */
interface Point extends Reading {
  sessionKey: number;
  logRevision: number;
  originMillis: number | undefined;
}

/** One stream as it is read. */
interface Reader {
  reached: Point | undefined;
  heard: boolean;
}

/** The ways in which one stream ends. */
interface Ending {
  reason: string;
  again: "now" | "later";
  forget?: boolean;
  error?: ConnectError;
}

/** Follow a watch until it is told to stop: connect, resume after every break, back off, notice silence. */
export async function* follow(
  client: Client<typeof RaceService>,
  request: WatchRaceRequest,
  { signal, random = Math.random }: FollowOptions,
): AsyncGenerator<Told, void, undefined> {
  let reached: Point | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const reader: Reader = { reached, heard: false };
    const ending = yield* followOnce(client, resumed(request, reached), reader, signal);
    if (signal.aborted) return;
    reached = ending.forget ? undefined : reader.reached;
    failures = reader.heard ? 0 : failures + 1;
    yield { kind: "lost", reason: ending.reason, error: ending.error };
    await wait(ending.again === "now" ? 50 * random() : backOffMillis(failures, random), signal);
  }
}

async function* followOnce(
  client: Client<typeof RaceService>,
  request: WatchRaceRequest,
  reader: Reader,
  signal: AbortSignal,
): AsyncGenerator<Told, Ending, undefined> {
  const ends = new AbortController();
  const watchdog = createWatchdog(SILENT_PERIODS * FIRST_PERIOD_MILLIS, () => ends.abort());
  try {
    const either = AbortSignal.any([signal, ends.signal]);
    for await (const response of client.watchRace(request, { signal: either })) {
      reader.heard = true;
      // A caller that takes its time is no silence of the server.
      watchdog.stop();
      const taken = take(response, reader);
      if (!("kind" in taken)) return taken;
      yield taken;
      const period = response.body.case === "heartbeat" ? response.body.value.periodMillis : 0;
      watchdog.feed(period > 0 ? SILENT_PERIODS * period : undefined);
    }
    return { reason: "stream ended", again: "later" };
  } catch (error) {
    return endingOf(error, ends.signal.aborted);
  } finally {
    watchdog.stop();
    ends.abort();
  }
}

/** Return a request that goes on where the reader is. */
function resumed(request: WatchRaceRequest, reached: Point | undefined): WatchRaceRequest {
  const { case: start } = request.start;
  if (reached === undefined || start === "delayMillis") return request;
  if (start === "raceTime") {
    if (reached.originMillis === undefined) return request;
    const value = timestampFromMs(reached.originMillis + reached.raceOffsetMillis);
    return create(WatchRaceRequestSchema, { ...request, start: { case: start, value } });
  }
  const { sessionKey, logRevision, sequence } = reached;
  const value = create(ResumePointSchema, { sessionKey, logRevision, sequence });
  return create(WatchRaceRequestSchema, { ...request, start: { case: "after", value } });
}

/** Take one message; answers an ending when the stream is of no more use. */
function take(response: WatchRaceResponse, reader: Reader): Told | Ending {
  const { body, sequence, raceOffsetMillis } = response;
  const reading = { sequence, raceOffsetMillis };
  const held = reader.reached;
  switch (body.case) {
    case "snapshot": {
      const { session } = body.value;
      const sessionKey = response.sessionKey ?? session?.sessionKey ?? 0;
      const logRevision = response.logRevision ?? session?.logRevision ?? 0;
      reader.reached = { sessionKey, logRevision, originMillis: originOf(body.value), ...reading };
      return { kind: "snapshot", state: body.value, sessionKey, logRevision, ...reading };
    }
    case "update": {
      if (held === undefined)
        return { reason: "update before any snapshot", again: "later", forget: true };
      if (sequence <= held.sequence) return { kind: "heard" };
      if ((response.firstSequence ?? sequence) !== held.sequence + 1)
        return { reason: "out of step", again: "later" };
      const originMillis = originOf(body.value) ?? held.originMillis;
      reader.reached = { ...held, originMillis, ...reading };
      return { kind: "update", update: body.value, ...reading };
    }
    case "draining":
      return { reason: "server is going", again: "now" };
    case "sessionChange":
      reader.reached = undefined;
      return { kind: "heard" };
    case "heartbeat":
      // It tells of updates that held nothing for the lanes asked for: they count as merged.
      if (held !== undefined && sequence > held.sequence) reader.reached = { ...held, ...reading };
      return { kind: "heard" };
    default:
      return { kind: "heard" };
  }
}

function originOf({ session }: RaceState): number | undefined {
  return session?.originTime && timestampMs(session.originTime);
}

function endingOf(cause: unknown, silent: boolean): Ending {
  if (silent) return { reason: "nothing heard", again: "now" };
  const error = ConnectError.from(cause);
  const { code, rawMessage } = error;
  const forget =
    code === Code.NotFound || code === Code.OutOfRange || code === Code.InvalidArgument;
  const reason = code === Code.NotFound ? "no session" : rawMessage;
  return { reason, again: "later", forget, error };
}
