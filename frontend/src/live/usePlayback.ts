import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import type { Session } from "../gen/racetime/v1/session_pb";
import type { RoomSeat } from "../rooms/room";
import type { History, HistoryState } from "./history";
import type { Playback, PlaybackState } from "./playback";
import type { Sessions, SessionsState } from "./sessions";
import type { Telemetry } from "./telemetry";
import type { WeatherAt } from "./weatherAt";

/** The controls of time and the list of sessions, for components. */
export interface Control {
  playback: Playback;
  sessions: Sessions;
  history: History;
  room: RoomSeat;
  /** Fetch the sessions of the season as announced. */
  fetchSchedule: (signal: AbortSignal) => Promise<readonly Session[]>;
  telemetry: Telemetry;
  weatherAt: WeatherAt;
  /** Fetch the state at the live edge, wherever the playhead is. */
  lookLive: (signal: AbortSignal) => Promise<RaceState | undefined>;
}

export const ControlContext = createContext<Control | undefined>(undefined);

export function useControl(): Control {
  const control = useContext(ControlContext);
  if (control === undefined) throw new Error("no playback above this component");
  return control;
}

export function usePlayback<T>(select: (state: PlaybackState) => T): T {
  return useStore(useControl().playback.store, select);
}

export function useSessions<T>(select: (state: SessionsState) => T): T {
  return useStore(useControl().sessions.store, select);
}

export function useHistory<T>(select: (state: HistoryState) => T): T {
  return useStore(useControl().history.store, select);
}
