import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { follow } from "@racetime/client";
import { RaceService, WatchRaceRequestSchema } from "../gen/racetime/v1/race_service_pb";
import { Lane } from "../gen/racetime/v1/update_record_pb";
import type { Playback } from "./playback";
import type { Race } from "./race";
import { createTelemetry, type Telemetry } from "./telemetry";
import type { WatchStart } from "./watchRace";

const LANES = [Lane.TELEMETRY];

/** Telemetry at the playhead of a page. */
export function watchTelemetry(race: Race, playback: Playback, transport: Transport): Telemetry {
  const client = createClient(RaceService, transport);
  const telemetry = createTelemetry({
    clock: race.clock,
    startNow: playback.startNow,
    standsAt: () => standsAt(race, playback),
    subscribe: (onChange) => playback.store.subscribe(onChange),
    watch: (start, drivers) => ending((signal) => run(start, drivers, signal)),
    look: (start, drivers) => ending((signal) => look(start, drivers, signal)),
  });
  const run = async (start: WatchStart, drivers: readonly number[], signal: AbortSignal) => {
    const driverNumbers = [...drivers];
    const request = create(WatchRaceRequestSchema, { ...start, driverNumbers, lanes: LANES });
    for await (const told of follow(client, request, { signal })) {
      if (signal.aborted) return;
      if (told.kind === "snapshot") telemetry.add(told.state.telemetry, true);
      if (told.kind === "update") telemetry.add(told.update.telemetry, false);
    }
  };
  const look = async (
    { sessionKey, start }: WatchStart,
    drivers: readonly number[],
    signal: AbortSignal,
  ) => {
    if (start?.case !== "raceTime") return;
    const key = sessionKey === undefined ? {} : { sessionKey };
    const request = { ...key, raceTime: start.value, driverNumbers: [...drivers], lanes: LANES };
    const { state } = await client.getSnapshot(request, { signal, timeoutMs: 10_000 });
    if (!signal.aborted) telemetry.add(state?.telemetry ?? [], true);
  };
  return telemetry;
}

function standsAt({ store }: Race, playback: Playback): WatchStart | undefined {
  const { pausedAt } = playback.store.getState();
  const { state, times } = store.getState();
  const sessionKey = state?.session?.sessionKey;
  if (pausedAt === undefined || sessionKey === undefined || times.originMillis === undefined)
    return undefined;
  const value = timestampFromMs(Math.round(times.originMillis + pausedAt));
  return { sessionKey, start: { case: "raceTime", value } };
}

/** Run until told to stop; that it fails is no news, for the page's own stream tells of it. */
function ending(run: (signal: AbortSignal) => Promise<void>): () => void {
  const ends = new AbortController();
  run(ends.signal).catch(() => {});
  return () => ends.abort();
}
