import { createClient, type Transport } from "@connectrpc/connect";
import { RaceService } from "../gen/racetime/v1/race_service_pb";
import { Lane } from "../gen/racetime/v1/update_record_pb";
import { roomCalls } from "../rooms/calls";
import { createRoomSeat } from "../rooms/room";
import { timeSettings } from "../time/timeSettings";
import { createHistory } from "./history";
import { createPlayback, type Playback } from "./playback";
import type { Race } from "./race";
import { createSessions } from "./sessions";
import type { Control } from "./usePlayback";
import { gateway, lookAtRace, watchRace } from "./watchRace";
import { watchTelemetry } from "./watchTelemetry";
import { weatherAtFrom } from "./weatherAt";

/** While the page is behind the live edge, where that is must be known; else the list changes seldom. */
const BEHIND_PERIOD_MILLIS = 10_000;
const LIVE_PERIOD_MILLIS = 60_000;

/** Tie a race to the gateway: one stream at a time, where the controls of time say. */
export function connect(race: Race, transport: Transport = gateway()): Control {
  const client = createClient(RaceService, transport);
  const isBehind = (): boolean => {
    const { place, pausedAt } = playback.store.getState();
    return place.kind === "replay" || pausedAt !== undefined || place.delayMillis > 0;
  };
  const sessions = createSessions({
    list: async (signal) => (await client.listSessions({}, { signal, timeoutMs: 10_000 })).sessions,
    period: () => (isBehind() ? BEHIND_PERIOD_MILLIS : LIVE_PERIOD_MILLIS),
  });
  const { sink } = race;
  const playback: Playback = createPlayback({
    race,
    sessions,
    watch: (start) => watchRace({ sink, start, transport }),
    look: (start, signal) => lookAtRace({ sink, start, transport }, signal),
    delay: {
      get: () => timeSettings.getState().delayMillis,
      set: (delayMillis) => timeSettings.setState({ delayMillis }),
    },
  });
  const history = createHistory({
    fetch: (sessionKey) => client.getHistory({ sessionKey }, { timeoutMs: 20_000 }),
  });
  const lanes = [Lane.TIMING, Lane.HISTORY];
  const lookLive: Control["lookLive"] = async (signal) =>
    (await client.getSnapshot({ lanes }, { signal, timeoutMs: 5_000 })).state;
  const fetchSchedule: Control["fetchSchedule"] = async (signal) =>
    (await client.getSchedule({}, { signal, timeoutMs: 10_000 })).sessions;
  const room = createRoomSeat({ playback, sessions }, roomCalls(transport));
  const telemetry = watchTelemetry(race, playback, transport);
  const weatherAt = weatherAtFrom(transport);
  return { playback, sessions, history, room, telemetry, weatherAt, fetchSchedule, lookLive };
}
