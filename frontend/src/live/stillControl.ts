import { createRoomSeat, type RoomCalls } from "../rooms/room";
import { createHistory } from "./history";
import { createPlayback } from "./playback";
import type { Race } from "./race";
import { createSessions } from "./sessions";
import { createTelemetry } from "./telemetry";
import type { Control } from "./usePlayback";
import type { WeatherAt } from "./weatherAt";

const NO_CALLS: RoomCalls = {
  create: () => Promise.reject(new Error("no server")),
  set: () => Promise.reject(new Error("no server")),
  watch: async function* () {},
};

/** Controls of time of a race that no stream feeds: for fixed states and tests. */
export function stillControl(race: Race, weatherAt: WeatherAt = async () => undefined): Control {
  const sessions = createSessions({ list: async () => [] });
  const playback = createPlayback({ race, sessions, watch: () => () => {}, look: async () => {} });
  const history = createHistory({ fetch: () => new Promise(() => {}) });
  const telemetry = createTelemetry({
    clock: race.clock,
    startNow: () => undefined,
    standsAt: () => undefined,
    subscribe: () => {},
    watch: () => () => {},
    look: () => () => {},
  });
  return {
    playback,
    sessions,
    history,
    telemetry,
    weatherAt,
    room: createRoomSeat({ playback, sessions }, NO_CALLS),
    fetchSchedule: async () => [],
    lookLive: async () => undefined,
  };
}
