import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { SessionSummary } from "../gen/racetime/v1/race_service_pb";
import { SessionPhase } from "../gen/racetime/v1/session_pb";

export interface SessionsState {
  /** Unset until they were told for the first time. */
  list: readonly SessionSummary[] | undefined;
  /** Wall-clock instant of the list. */
  asOfWallMillis: number;
  failed: boolean;
}

/** The sessions that can be watched, as last told. Times are race offsets in milliseconds. */
export interface Sessions {
  store: StoreApi<SessionsState>;
  refresh(): Promise<void>;
  find(sessionKey: number | undefined): SessionSummary | undefined;
  isLive(sessionKey: number | undefined): boolean;
  originOf(sessionKey: number | undefined): number | undefined;
  firstOf(sessionKey: number | undefined): number | undefined;
  /** Where to begin to watch a session: a little before its scheduled start. */
  beginningOf(sessionKey: number | undefined): number | undefined;
  stop(): void;
}

export interface SessionsParts {
  list: (signal: AbortSignal) => Promise<readonly SessionSummary[]>;
  wall?: () => number;
  /** Milliseconds until the list is asked for again. */
  period?: () => number;
}

const BEFORE_START_MILLIS = 60_000;

export function createSessions({
  list,
  wall = () => performance.now(),
  period,
}: SessionsParts): Sessions {
  const store = createStore<SessionsState>(() => ({
    list: undefined,
    asOfWallMillis: 0,
    failed: false,
  }));
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const refresh = async (): Promise<void> => {
    clearTimeout(timer);
    try {
      const told = await list(stop.signal);
      store.setState({ list: told, asOfWallMillis: wall(), failed: false });
    } catch {
      if (!stop.signal.aborted) store.setState({ failed: true });
    }
    if (period && !stop.signal.aborted) timer = setTimeout(refresh, period());
  };
  const find = (sessionKey: number | undefined): SessionSummary | undefined =>
    store
      .getState()
      .list?.find((one) =>
        sessionKey === undefined ? one.live : one.session?.sessionKey === sessionKey,
      );
  const originOf = (sessionKey: number | undefined): number | undefined => {
    const origin = find(sessionKey)?.session?.originTime;
    return origin && timestampMs(origin);
  };
  const firstOf = (sessionKey: number | undefined): number | undefined =>
    find(sessionKey)?.firstRaceOffsetMillis;

  return {
    store,
    refresh,
    find,
    isLive: (sessionKey) => find(sessionKey)?.live ?? false,
    originOf,
    firstOf,
    beginningOf(sessionKey) {
      const scheduled = find(sessionKey)?.session?.scheduledStartTime;
      const origin = originOf(sessionKey);
      const first = firstOf(sessionKey);
      if (scheduled === undefined || origin === undefined) return first;
      const at = timestampMs(scheduled) - origin - BEFORE_START_MILLIS;
      return Math.max(first ?? at, at);
    },
    stop() {
      stop.abort();
      clearTimeout(timer);
    },
  };
}

/** The newest instant of a session's log, run on to the wall clock while it is live. */
export function edgeOf(
  { store, find }: Sessions,
  sessionKey: number | undefined,
  wallMillis: number,
): number | undefined {
  const summary = find(sessionKey);
  if (summary === undefined) return undefined;
  const runs = summary.live && summary.phase !== SessionPhase.ENDED;
  const elapsed = runs ? wallMillis - store.getState().asOfWallMillis : 0;
  return summary.raceOffsetMillis + elapsed * (summary.session?.speed ?? 1);
}
