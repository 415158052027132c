import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { Playback, PlaybackState } from "./playback";
import type { Sessions, SessionsState } from "./sessions";

/** The controls of time and the list of sessions, for components. */
export interface Control {
  playback: Playback;
  sessions: Sessions;
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
