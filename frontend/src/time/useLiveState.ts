import { useEffect, useRef } from "react";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { useControl } from "../live/usePlayback";

const PERIOD_MILLIS = 1_000;

/**
 * While `wanted`, hold the state at the live edge, which a delayed page does not have.
 *
 * It serves to tune the delay and is never shown. Answers how to get it.
 */
export function useLiveState(wanted: boolean): () => RaceState | undefined {
  const { lookLive } = useControl();
  const state = useRef<RaceState>(undefined);
  useEffect(() => {
    if (!wanted) return;
    const ends = new AbortController();
    const look = async (): Promise<void> => {
      state.current = (await lookLive(ends.signal).catch(() => undefined)) ?? state.current;
    };
    void look();
    const timer = setInterval(look, PERIOD_MILLIS);
    return () => {
      ends.abort();
      clearInterval(timer);
      state.current = undefined;
    };
  }, [wanted, lookLive]);
  return () => state.current;
}
