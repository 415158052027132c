import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Client, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { backOffMillis, follow, wait } from "@racetime/client";
import { RaceService, WatchRaceRequestSchema } from "../gen/racetime/v1/race_service_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import type { Session } from "../gen/racetime/v1/session_pb";
import type { Circuit } from "../gen/racetime/v1/track_pb";
import { Lane } from "../gen/racetime/v1/update_record_pb";

/** Instants of a session as epoch milliseconds; unset when not known. */
export interface SessionTimes {
  originMillis?: number;
  scheduledStartMillis?: number;
  scheduledEndMillis?: number;
}

/** What the watch tells; the race behind it keeps it. */
export interface RaceSink {
  /** A whole state that replaces what is held, and the number of the update that it reaches to. */
  snapshot(
    state: RaceState,
    times: SessionTimes,
    raceOffsetMillis: number,
    sequence?: number,
  ): void;
  /** A partial state to merge, and the instants in it if it has any. */
  update(
    partial: RaceState,
    times: SessionTimes,
    raceOffsetMillis: number,
    sequence?: number,
  ): void;
  /** A message came, if only a heartbeat. */
  heard(): void;
  /** The stream is lost and is being asked for again; `reason` is for people. */
  lost(reason: string): void;
  circuit(circuit: Circuit): void;
}

/** Where in time, and in which session, a watch begins; empty for the live edge. */
export type WatchStart = Pick<
  MessageInitShape<typeof WatchRaceRequestSchema>,
  "sessionKey" | "start" | "speed"
>;

export interface WatchOptions {
  sink: RaceSink;
  start?: WatchStart;
  transport?: Transport;
  random?: () => number;
}

const LANES = [Lane.TIMING, Lane.MOTION, Lane.HISTORY];

/** Watch a session until told to stop, and fetch its outline. Answers the stop function. */
export function watchRace({
  sink,
  start = {},
  transport = gateway(),
  random = Math.random,
}: WatchOptions): () => void {
  const stop = new AbortController();
  void run(createClient(RaceService, transport), sink, start, random, stop.signal);
  return () => stop.abort();
}

/** Hand the state at an instant to the sink, once. */
export async function lookAtRace(
  { sink, start = {}, transport = gateway() }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const client = createClient(RaceService, transport);
  const { sessionKey, start: at } = start;
  const raceTime = at?.case === "raceTime" ? { raceTime: at.value } : {};
  const key = sessionKey === undefined ? {} : { sessionKey };
  try {
    const response = await client.getSnapshot(
      { ...key, ...raceTime, lanes: LANES },
      { signal, timeoutMs: 10_000 },
    );
    const { state } = response;
    if (state === undefined || signal.aborted) return;
    const times = timesOf(state.session);
    const reached = response.raceTime && timestampMs(response.raceTime);
    sink.heard();
    const offset = (reached ?? 0) - (times.originMillis ?? 0);
    sink.snapshot(state, times, offset, response.sequence);
  } catch (error) {
    if (!signal.aborted) sink.lost(ConnectError.from(error).rawMessage);
  }
}

export function gateway(): Transport {
  return createGrpcWebTransport({ baseUrl: location.origin, useBinaryFormat: true });
}

type RaceClient = Client<typeof RaceService>;
type CircuitFollower = (state: RaceState, whole: boolean) => void;

async function run(
  client: RaceClient,
  sink: RaceSink,
  start: WatchStart,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  const circuits = followCircuit(client, sink, random, signal);
  const request = create(WatchRaceRequestSchema, { ...start, lanes: LANES });
  for await (const told of follow(client, request, { signal, random })) {
    if (signal.aborted) return;
    if (told.kind === "lost") {
      sink.lost(told.reason);
      continue;
    }
    sink.heard();
    if (told.kind === "heard") continue;
    const whole = told.kind === "snapshot";
    const state = whole ? told.state : told.update;
    sink[told.kind](state, timesOf(state.session), told.raceOffsetMillis, told.sequence);
    circuits(state, whole);
  }
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
