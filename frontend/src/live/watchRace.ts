import { create } from "@bufbuild/protobuf";
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Client, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import {
  RaceService,
  WatchRaceRequestSchema,
  type WatchRaceResponse,
} from "../gen/racetime/v1/race_service_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import type { Session } from "../gen/racetime/v1/session_pb";
import type { Circuit } from "../gen/racetime/v1/track_pb";
import { Lane } from "../gen/racetime/v1/update_record_pb";
import { backOffMillis, wait } from "./backOff";
import { createWatchdog } from "./watchdog";

/** Instants of a session as epoch milliseconds; unset when not known. */
export interface SessionTimes {
  originMillis?: number;
  scheduledStartMillis?: number;
  scheduledEndMillis?: number;
}

/** What the watch tells; the race behind it keeps it. */
export interface RaceSink {
  /** A whole state that replaces what is held. */
  snapshot(state: RaceState, times: SessionTimes, raceOffsetMillis: number): void;
  /** A partial state to merge, and the instants in it if it has any. */
  update(partial: RaceState, times: SessionTimes, raceOffsetMillis: number): void;
  /** A message came, if only a heartbeat. */
  heard(): void;
  /** The stream is lost and is being asked for again; `reason` is for people. */
  lost(reason: string): void;
  circuit(circuit: Circuit): void;
}

export interface WatchOptions {
  sink: RaceSink;
  transport?: Transport;
  random?: () => number;
}

const LANES = [Lane.TIMING, Lane.MOTION, Lane.HISTORY];
const SILENT_PERIODS = 3;
const FIRST_PERIOD_MILLIS = 5_000;

/** Position of the reader in the log; where to go on after a break. */
interface Point {
  sessionKey: number;
  logRevision: number;
  sequence: number;
}

/** The ways in which one stream ends. */
type Ending = { reason: string; again: "now" | "later"; forget?: boolean };

/** Watch the live session until told to stop: connect, merge on, resume after every break. Answers the stop function. */
export function watchRace({
  sink,
  transport = gateway(),
  random = Math.random,
}: WatchOptions): () => void {
  const stop = new AbortController();
  const client = createClient(RaceService, transport);
  const circuits = followCircuit(client, sink, random, stop.signal);
  void run(client, sink, circuits, random, stop.signal);
  return () => stop.abort();
}

function gateway(): Transport {
  return createGrpcWebTransport({ baseUrl: location.origin, useBinaryFormat: true });
}

type RaceClient = Client<typeof RaceService>;
type CircuitFollower = (state: RaceState, whole: boolean) => void;

async function run(
  client: RaceClient,
  sink: RaceSink,
  circuits: CircuitFollower,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  let point: Point | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const stream = watchOnce(client, point, sink, circuits, signal);
    const { ending, reached, heard } = await stream;
    if (signal.aborted) return;
    point = ending.forget ? undefined : reached;
    failures = heard ? 0 : failures + 1;
    sink.lost(ending.reason);
    await wait(ending.again === "now" ? 50 * random() : backOffMillis(failures, random), signal);
  }
}

interface Outcome {
  ending: Ending;
  reached: Point | undefined;
  heard: boolean;
}

async function watchOnce(
  client: RaceClient,
  start: Point | undefined,
  sink: RaceSink,
  circuits: CircuitFollower,
  signal: AbortSignal,
): Promise<Outcome> {
  const ends = new AbortController();
  const watchdog = createWatchdog(SILENT_PERIODS * FIRST_PERIOD_MILLIS, () => ends.abort());
  const outcome: Outcome = {
    ending: { reason: "stream ended", again: "later" },
    reached: start,
    heard: false,
  };
  try {
    const responses = client.watchRace(request(start), {
      signal: AbortSignal.any([signal, ends.signal]),
    });
    for await (const response of responses) {
      outcome.heard = true;
      const period = response.body.case === "heartbeat" ? response.body.value.periodMillis : 0;
      watchdog.feed(period > 0 ? SILENT_PERIODS * period : undefined);
      sink.heard();
      const ending = take(response, outcome, sink, circuits);
      if (ending !== undefined) {
        outcome.ending = ending;
        ends.abort();
        break;
      }
    }
  } catch (error) {
    if (outcome.ending.reason === "stream ended")
      outcome.ending = endingOf(error, ends.signal.aborted);
  } finally {
    watchdog.stop();
  }
  return outcome;
}

function request(after: Point | undefined) {
  const start = after && ({ case: "after", value: { ...after } } as const);
  return create(WatchRaceRequestSchema, { lanes: LANES, ...(start && { start }) });
}

/** Take one message; answers an ending when the stream is of no more use. */
function take(
  response: WatchRaceResponse,
  outcome: Outcome,
  sink: RaceSink,
  circuits: CircuitFollower,
): Ending | undefined {
  const { body, sequence, raceOffsetMillis } = response;
  switch (body.case) {
    case "snapshot": {
      const sessionKey = response.sessionKey ?? body.value.session?.sessionKey ?? 0;
      const logRevision = response.logRevision ?? body.value.session?.logRevision ?? 0;
      outcome.reached = { sessionKey, logRevision, sequence };
      sink.snapshot(body.value, timesOf(body.value.session), raceOffsetMillis);
      circuits(body.value, true);
      return undefined;
    }
    case "update": {
      const held = outcome.reached;
      if (held === undefined)
        return { reason: "update before any snapshot", again: "later", forget: true };
      const first = response.firstSequence ?? sequence;
      if (sequence <= held.sequence) return undefined;
      if (first !== held.sequence + 1) return { reason: "out of step", again: "later" };
      outcome.reached = { ...held, sequence };
      sink.update(body.value, timesOf(body.value.session), raceOffsetMillis);
      circuits(body.value, false);
      return undefined;
    }
    case "draining":
      return { reason: "server is going", again: "now" };
    case "sessionChange":
      outcome.reached = undefined;
      return undefined;
    case "heartbeat":
      // It tells of updates that held nothing for the lanes asked for: they count as merged.
      if (outcome.reached !== undefined && sequence > outcome.reached.sequence) {
        outcome.reached = { ...outcome.reached, sequence };
      }
      return undefined;
    default:
      return undefined;
  }
}

function endingOf(error: unknown, silent: boolean): Ending {
  if (silent) return { reason: "nothing heard", again: "now" };
  const { code, rawMessage } = ConnectError.from(error);
  const forget =
    code === Code.NotFound || code === Code.OutOfRange || code === Code.InvalidArgument;
  return { reason: code === Code.NotFound ? "no session" : rawMessage, again: "later", forget };
}

function timesOf(session: Session | undefined): SessionTimes {
  const times: SessionTimes = {};
  const set = (name: keyof SessionTimes, time: Timestamp | undefined): void => {
    if (time !== undefined) times[name] = timestampMs(time);
  };
  set("originMillis", session?.originTime);
  set("scheduledStartMillis", session?.scheduledStartTime);
  set("scheduledEndMillis", session?.scheduledEndTime);
  return times;
}

/** Fetch the outline whenever the state points at another one, until it is there. */
function followCircuit(
  client: RaceClient,
  sink: RaceSink,
  random: () => number,
  signal: AbortSignal,
): CircuitFollower {
  let wanted = "";
  return ({ circuit }, whole) => {
    const circuitKey = circuit?.circuitKey;
    if (circuitKey === undefined || circuit?.revision === undefined) {
      if (whole) wanted = ""; // the race has let go of its outline too
      return;
    }
    const reference = `${circuitKey}@${circuit.revision}`;
    if (reference === wanted) return;
    wanted = reference;
    void fetchCircuit(circuitKey, reference);
  };

  async function fetchCircuit(circuitKey: number, reference: string): Promise<void> {
    for (let failures = 0; wanted === reference && !signal.aborted; failures += 1) {
      try {
        const { circuit } = await client.getCircuit({ circuitKey }, { signal, timeoutMs: 10_000 });
        if (circuit !== undefined && wanted === reference) sink.circuit(circuit);
        return;
      } catch {
        await wait(backOffMillis(failures, random), signal);
      }
    }
  }
}
