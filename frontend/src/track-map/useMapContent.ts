import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { sourcesOf } from "../live/sources";
import { useRaceObject, useTicking, useView } from "../live/useRace";

/** Into a session; cars are seen before its start when there is anything to see. */
const PATIENCE_MILLIS = 60_000;

/** What a map has to show. */
export interface MapContent {
  /** There is an outline. */
  learned: boolean;
  /** There are cars. */
  moves: boolean;
  /** No source tells where the cars are. */
  without: boolean;
}

export function useMapContent(): MapContent {
  const race = useRaceObject();
  const learned = useView(({ circuit }) => (circuit?.xDecimeters.length ?? 0) > 2);
  const moves = useTicking(() => race.motion.cars.size > 0);
  const without = useTicking((wall) =>
    isWithoutPositions(race.store.getState().state, race.clock.now(wall)),
  );
  return { learned, moves, without };
}

/** Whether there is no map to show, now and as far as is known. */
export function useMapAbsent(): boolean {
  const { learned, moves, without } = useMapContent();
  return without && !moves && !learned;
}

/** Whether a session runs, or ran, without ever having told where its cars are. */
export function isWithoutPositions(state: RaceState | undefined, now: number | undefined): boolean {
  if (state === undefined) return false;
  if (sourcesOf(state).location?.newestRaceOffsetMillis !== undefined) return false;
  const { startedRaceOffsetMillis: started, finishedRaceOffsetMillis: finished } =
    state.clock ?? {};
  if (finished !== undefined) return true;
  return started !== undefined && now !== undefined && now - started > PATIENCE_MILLIS;
}
