import { createStore, type StoreApi } from "zustand/vanilla";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import type { Circuit } from "../gen/racetime/v1/track_pb";
import type { SessionTimes } from "./watchRace";

/** How the page hangs on the stream. */
export interface Connection {
  state: "connecting" | "live" | "reconnecting";
  /** Wall-clock instant of the change into this state. */
  sinceMillis: number;
  /** Wall-clock instant of the newest message. */
  heardMillis: number;
  reason: string;
}

/** Up to where in the log the state is whole. */
export interface Reached {
  sequence: number | undefined;
  raceOffsetMillis: number;
}

/** All that components select from. The state is merged; motion is kept apart and never in it. */
export interface RaceView {
  state: RaceState | undefined;
  reached: Reached | undefined;
  times: SessionTimes;
  circuit: Circuit | undefined;
  connection: Connection;
}

export type RaceStore = StoreApi<RaceView>;

export function createRaceStore(initial: Partial<RaceView> = {}): RaceStore {
  return createStore<RaceView>(() => ({
    state: undefined,
    reached: undefined,
    times: {},
    circuit: undefined,
    connection: { state: "connecting", sinceMillis: 0, heardMillis: 0, reason: "" },
    ...initial,
  }));
}
