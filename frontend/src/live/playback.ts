import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Race } from "./race";
import { edgeOf, type Sessions } from "./sessions";
import type { WatchStart } from "./watchRace";

/** Where in time the page is: behind the live edge by so much, or at an instant of the race from which it goes on at a pace. */
export type Place =
  | { kind: "live"; delayMillis: number }
  | { kind: "replay"; raceOffsetMillis: number; speed: number };

/** What the viewer asked to see. */
export interface PlaybackState {
  /** Unset for the live session, whichever that is. */
  sessionKey: number | undefined;
  place: Place;
  /** Instant at which the page stands still; unset while it goes on. */
  pausedAt: number | undefined;
  /** Nothing of after the playhead may be shown, in lists and titles neither. */
  spoilerFree: boolean;
}

/** The controls of time. All times are race offsets in milliseconds. */
export interface Playback {
  store: StoreApi<PlaybackState>;
  /** Show a session: the live one when no key is given. `at` is an instant of it, else its beginning, or the live edge. */
  open(sessionKey: number | undefined, at?: number, spoilerFree?: boolean): void;
  /** Be where others are: the kept delay stays. */
  join(where: Pick<PlaybackState, "sessionKey" | "place" | "pausedAt">): void;
  /** Back to the live edge, or to the delay that this device keeps. */
  goLive(): void;
  /** Stay that far behind the live edge, and keep it for this device. */
  setDelay(delayMillis: number): void;
  /** Go so far ahead, or back when negative; who is live at the kept delay changes that. */
  shift(millis: number): void;
  /** Go so far ahead, or back; the kept delay stays. */
  skip(millis: number): void;
  seek(raceOffsetMillis: number): void;
  pause(): void;
  resume(): void;
  setSpeed(speed: number): void;
  /** The session on screen; unset before it is known. */
  shownKey(): number | undefined;
  /** Race seconds a second. */
  speed(): number;
  /** The playhead; unset before anything is known. */
  now(): number | undefined;
  /** How far behind the live edge the playhead is; unset when the session is not live. */
  behind(): number | undefined;
  /** What a watch must ask for to be at the playhead from now on; unset while it stands still. */
  startNow(): WatchStart | undefined;
  stop(): void;
}

export interface PlaybackParts {
  race: Race;
  sessions: Sessions;
  /** Begin a watch; answers how to end it. */
  watch: (start: WatchStart) => () => void;
  /** Fetch the state at an instant and hand it to the race. */
  look: (start: WatchStart, signal: AbortSignal) => Promise<void>;
  /** The delay that the viewer keeps on this device, and how to keep another. */
  delay?: { get: () => number; set: (delayMillis: number) => void };
  wall?: () => number;
}

export const SPEEDS = [0.25, 0.5, 1, 2, 5, 10, 20, 60] as const;
export const LONGEST_DELAY_MILLIS = 6 * 3_600_000;
/** Nearer to the edge than this is live. */
const AT_EDGE_MILLIS = 400;

/** Hold where in time the page is, and keep the stream there. */
export function createPlayback(parts: PlaybackParts): Playback {
  const { race, sessions, delay = keptNowhere(), wall = () => performance.now() } = parts;
  const store = createStore<PlaybackState>(() => ({
    sessionKey: undefined,
    place: { kind: "live", delayMillis: delay.get() },
    pausedAt: undefined,
    spoilerFree: false,
  }));
  let stopWatch = (): void => {};
  let looking = new AbortController();

  const shownKey = (): number | undefined =>
    store.getState().sessionKey ?? race.store.getState().state?.session?.sessionKey;
  const edge = (): number | undefined => edgeOf(sessions, shownKey(), wall());
  const now = (): number | undefined => store.getState().pausedAt ?? race.clock.now(wall());
  const baseSpeed = (): number => race.store.getState().state?.session?.speed ?? 1;
  const speed = (): number => {
    const { place } = store.getState();
    return place.kind === "replay" ? place.speed : baseSpeed();
  };

  /** Follow what was chosen: end the stream that runs and begin another, or look at one instant. */
  const apply = (next: Partial<PlaybackState>): void => {
    store.setState(next);
    const { pausedAt, place } = store.getState();
    stopWatch();
    stopWatch = () => {};
    looking.abort();
    looking = new AbortController();
    race.setPace(place.kind === "replay" ? place.speed : undefined);
    race.hold(pausedAt);
    race.jump(pausedAt ?? expectedOf(place));
    const start = startOf(pausedAt);
    if (pausedAt === undefined) stopWatch = parts.watch(start);
    else if (start.start?.case === "raceTime") void parts.look(start, looking.signal);
  };

  const expectedOf = (place: Place): number | undefined => {
    if (place.kind === "replay") return place.raceOffsetMillis;
    const end = edge();
    return end === undefined ? undefined : end - place.delayMillis;
  };

  const startOf = (raceOffsetMillis: number | undefined): WatchStart => {
    const { sessionKey, place } = store.getState();
    const key = sessionKey ?? (raceOffsetMillis === undefined ? undefined : shownKey());
    const session = key === undefined ? {} : { sessionKey: key };
    if (place.kind === "live" && raceOffsetMillis === undefined) {
      const { delayMillis: value } = place;
      return value > 0 ? { ...session, start: { case: "delayMillis", value } } : session;
    }
    const at = raceOffsetMillis ?? (place.kind === "replay" ? place.raceOffsetMillis : 0);
    const origin = originOf();
    if (origin === undefined) return session;
    const value = timestampFromMs(Math.round(origin + at));
    const pace = place.kind === "replay" ? { speed: place.speed } : {};
    return { ...session, ...pace, start: { case: "raceTime", value } };
  };

  const originOf = (): number | undefined => {
    const held = race.store.getState();
    const { sessionKey } = store.getState();
    const same = sessionKey === undefined || held.state?.session?.sessionKey === sessionKey;
    return (same ? held.times.originMillis : undefined) ?? sessions.originOf(shownKey());
  };

  /** Be at an instant, by the delay that leads there when the session is live and runs at its own pace. */
  const placeAt = (at: number, pace: number): Place => {
    const end = edge();
    const live = sessions.isLive(shownKey());
    if (end !== undefined && at >= end - AT_EDGE_MILLIS && live)
      return { kind: "live", delayMillis: 0 };
    if (live && end !== undefined && pace === baseSpeed())
      return { kind: "live", delayMillis: Math.min(Math.round(end - at), LONGEST_DELAY_MILLIS) };
    return { kind: "replay", raceOffsetMillis: bounded(at, end), speed: pace };
  };

  const bounded = (at: number, end: number | undefined): number => {
    const first = sessions.firstOf(shownKey()) ?? Number.NEGATIVE_INFINITY;
    return Math.max(first, Math.min(at, end ?? at));
  };

  const goTo = (at: number): void => {
    const { pausedAt } = store.getState();
    const place = placeAt(at, speed());
    if (pausedAt === undefined) apply({ place });
    else apply({ place, pausedAt: bounded(at, edge()) });
  };

  const skip = (millis: number): void => {
    const at = now();
    if (at !== undefined) goTo(at + millis);
  };

  const setDelay = (wanted: number): void => {
    const delayMillis = Math.round(Math.max(0, Math.min(wanted, LONGEST_DELAY_MILLIS)));
    delay.set(delayMillis);
    apply({ place: { kind: "live", delayMillis }, pausedAt: undefined });
  };

  return {
    store,
    open(sessionKey, at, spoilerFree = false) {
      const live = sessionKey === undefined || sessions.isLive(sessionKey);
      const replay = { kind: "replay", speed: 1 } as const;
      const place: Place =
        at !== undefined
          ? { ...replay, raceOffsetMillis: at }
          : live && !spoilerFree
            ? { kind: "live", delayMillis: delay.get() }
            : { ...replay, raceOffsetMillis: sessions.beginningOf(sessionKey) ?? 0 };
      apply({ sessionKey, place, pausedAt: undefined, spoilerFree });
    },
    join: (where) => apply(where),
    goLive() {
      const { sessionKey } = store.getState();
      const key = sessionKey !== undefined && sessions.isLive(sessionKey) ? sessionKey : undefined;
      const place: Place = { kind: "live", delayMillis: delay.get() };
      apply({ sessionKey: key, place, pausedAt: undefined, spoilerFree: false });
    },
    setDelay,
    shift(millis) {
      const { place, pausedAt } = store.getState();
      const tuned =
        place.kind === "live" && pausedAt === undefined && place.delayMillis === delay.get();
      if (tuned) setDelay(place.delayMillis - millis);
      else skip(millis);
    },
    skip,
    seek: goTo,
    pause() {
      const at = now();
      if (at === undefined || store.getState().pausedAt !== undefined) return;
      stopWatch();
      stopWatch = () => {};
      race.hold(at);
      store.setState({ pausedAt: at });
    },
    resume() {
      const { pausedAt } = store.getState();
      if (pausedAt === undefined) return;
      apply({ place: placeAt(pausedAt, speed()), pausedAt: undefined });
    },
    setSpeed(pace) {
      const at = now();
      if (at === undefined) return;
      const { pausedAt } = store.getState();
      if (pausedAt === undefined) apply({ place: placeAt(at, pace) });
      else store.setState({ place: { kind: "replay", raceOffsetMillis: at, speed: pace } });
    },
    shownKey,
    speed,
    now,
    behind() {
      const { place, pausedAt } = store.getState();
      if (place.kind === "live" && pausedAt === undefined) return place.delayMillis;
      const end = edge();
      const at = now();
      if (end === undefined || at === undefined || !sessions.isLive(shownKey())) return undefined;
      return Math.max(0, end - at);
    },
    startNow() {
      const { place, pausedAt } = store.getState();
      if (pausedAt !== undefined) return undefined;
      return startOf(place.kind === "replay" ? race.clock.now(wall()) : undefined);
    },
    stop() {
      stopWatch();
      looking.abort();
    },
  };
}

function keptNowhere(): { get: () => number; set: (delayMillis: number) => void } {
  let kept = 0;
  return {
    get: () => kept,
    set: (delayMillis) => {
      kept = delayMillis;
    },
  };
}
