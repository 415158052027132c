import { mergeMessage } from "@racetime/client";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { SessionPhase } from "../gen/racetime/v1/session_pb";
import { createMotion, type Motion } from "../track-map/motion";
import { followSight, isInSight } from "../ui/inSight";
import { createRaceClock, type RaceClock } from "./raceClock";
import { createRaceStore, type RaceStore, type RaceView } from "./raceStore";
import type { RaceSink, SessionTimes } from "./watchRace";

/** A race as the page holds it, outside React. */
export interface Race {
  store: RaceStore;
  clock: RaceClock;
  motion: Motion;
  sink: RaceSink;
  /** The next snapshot is of another time, perhaps known already: nothing runs on from what was before. */
  jump(expectedRaceOffsetMillis: number | undefined): void;
  /** Race seconds a second as chosen by the viewer; unset for the session's own. */
  setPace(speed: number | undefined): void;
  /** Stand still at an instant of the race, until given none. */
  hold(raceOffsetMillis: number | undefined): void;
}

export interface RaceOptions {
  initial?: Partial<RaceView>;
  /** Wall clock in milliseconds. */
  wall?: () => number;
  /** Run once, soon; asked at most once at a time. */
  schedule?: (publish: () => void) => void;
}

const PUBLISH_MILLIS = 80;
/** A first state that is so much newer than the playhead, in wall time, is a log's beginning shown before it is due. */
const NOT_YET_DUE_MILLIS = 2_000;
/** Out of sight only the title, sounds and notices follow. */
const UNSEEN_PUBLISH_MILLIS = 1_000;

/**
 * Hold a race: merge at once, publish to the components a few times a second, however fast the stream is.
 */
export function createRace(options: RaceOptions = {}): Race {
  const { wall = () => performance.now(), schedule = later } = options;
  const store = createRaceStore(options.initial);
  const clock = createRaceClock();
  const motion = createMotion();
  let pending: Partial<RaceView> = {};
  let scheduled = false;
  let jumping = false;
  let expected: { raceOffsetMillis: number; wallMillis: number } | undefined;
  let pace: number | undefined;
  let heldAt: number | undefined;

  const publish = (change: Partial<RaceView>): void => {
    pending = { ...pending, ...change };
    if (scheduled) return;
    scheduled = true;
    schedule(() => {
      scheduled = false;
      const change = pending;
      pending = {};
      store.setState(change);
    });
  };
  const current = (): RaceView => ({ ...store.getState(), ...pending });

  /** Where the playhead is when a first state comes: a delay that is longer than the log is kept all the same. */
  const dueAt = (raceOffsetMillis: number): number => {
    if (expected === undefined || pace !== undefined) return raceOffsetMillis;
    const due = expected.raceOffsetMillis + (wall() - expected.wallMillis) * clock.speed();
    return raceOffsetMillis - due > NOT_YET_DUE_MILLIS * clock.speed() ? due : raceOffsetMillis;
  };

  const follow = (state: RaceState, raceOffsetMillis: number): void => {
    clock.setSpeed(pace ?? state.session?.speed ?? 1);
    clock.setRunning(state.clock?.phase !== SessionPhase.ENDED);
    clock.observe(raceOffsetMillis, wall());
  };

  const sink: RaceSink = {
    snapshot(state, times, raceOffsetMillis, sequence) {
      const held = current();
      const at = jumping ? dueAt(raceOffsetMillis) : raceOffsetMillis;
      if (jumping || isOther(held.state, state)) {
        jumping = false;
        clock.hold(heldAt);
        clock.reset();
        motion.reset();
      }
      const circuit =
        held.circuit?.circuitKey === state.circuit?.circuitKey ? held.circuit : undefined;
      follow(state, at);
      motion.add(state.motion, wall(), clock.speed());
      const reached = { sequence, raceOffsetMillis };
      publish({ state: { ...state, motion: [] }, times, circuit, reached });
    },
    update(partial, times, raceOffsetMillis, sequence) {
      const held = current();
      if (held.state === undefined) return;
      const state = mergeMessage(RaceStateSchema, held.state, { ...partial, motion: [] });
      follow(state, raceOffsetMillis);
      motion.add(partial.motion, wall(), clock.speed());
      const reached = { sequence, raceOffsetMillis };
      publish({ state, times: mergeTimes(held.times, times), reached });
    },
    heard() {
      const { connection } = current();
      const now = wall();
      const sinceMillis = connection.state === "live" ? connection.sinceMillis : now;
      publish({ connection: { state: "live", sinceMillis, heardMillis: now, reason: "" } });
    },
    lost(reason) {
      const { connection, state } = current();
      const next = state === undefined ? "connecting" : "reconnecting";
      const sinceMillis = connection.state === next ? connection.sinceMillis : wall();
      publish({ connection: { ...connection, state: next, sinceMillis, reason } });
    },
    circuit(circuit) {
      publish({ circuit });
    },
  };
  return {
    store,
    clock,
    motion,
    sink,
    jump(raceOffsetMillis) {
      jumping = true;
      expected =
        raceOffsetMillis === undefined ? undefined : { raceOffsetMillis, wallMillis: wall() };
      if (raceOffsetMillis !== undefined) clock.hold(raceOffsetMillis);
    },
    setPace(speed) {
      pace = speed;
    },
    hold(raceOffsetMillis) {
      heldAt = raceOffsetMillis;
      clock.hold(heldAt);
    },
  };
}

function isOther(held: RaceState | undefined, next: RaceState): boolean {
  return (
    held?.session?.sessionKey !== next.session?.sessionKey ||
    held?.session?.logRevision !== next.session?.logRevision
  );
}

function mergeTimes(held: SessionTimes, update: SessionTimes): SessionTimes {
  return Object.keys(update).length === 0 ? held : { ...held, ...update };
}

/** Publish after a moment: a longer one out of sight, but at once when the page comes back into it. */
function later(publish: () => void): void {
  const run = (): void => {
    clearTimeout(timer);
    unfollow();
    publish();
  };
  const timer = setTimeout(run, isInSight() ? PUBLISH_MILLIS : UNSEEN_PUBLISH_MILLIS);
  const unfollow = followSight((inSight) => {
    if (inSight) run();
  });
}
