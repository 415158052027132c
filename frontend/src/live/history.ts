import { createStore, type StoreApi } from "zustand/vanilla";
import type { GetHistoryResponse } from "../gen/racetime/v1/race_service_pb";

export interface HistoryState {
  sessionKey: number | undefined;
  /** The whole session as far as it went, beyond the playhead too: never for a viewer who wants no spoilers. */
  whole: GetHistoryResponse | undefined;
}

/** What is known of a session beyond the playhead. */
export interface History {
  store: StoreApi<HistoryState>;
  /** Fetch the history of a session, unless that was done lately; a live one grows on. */
  want(sessionKey: number, live: boolean): void;
}

export interface HistoryParts {
  fetch: (sessionKey: number) => Promise<GetHistoryResponse>;
  wall?: () => number;
}

const LIVE_PERIOD_MILLIS = 20_000;
const RETRY_MILLIS = 5_000;

export function createHistory({ fetch, wall = () => performance.now() }: HistoryParts): History {
  const store = createStore<HistoryState>(() => ({ sessionKey: undefined, whole: undefined }));
  let asked: number | undefined;
  let dueAt = 0;

  const load = async (sessionKey: number, live: boolean): Promise<void> => {
    try {
      const whole = await fetch(sessionKey);
      if (asked !== sessionKey) return;
      dueAt = live ? wall() + LIVE_PERIOD_MILLIS : Number.POSITIVE_INFINITY;
      store.setState({ sessionKey, whole });
    } catch {
      if (asked === sessionKey) dueAt = wall() + RETRY_MILLIS;
    }
  };

  return {
    store,
    want(sessionKey, live) {
      if (sessionKey === asked && wall() < dueAt) return;
      if (sessionKey !== asked) store.setState({ sessionKey, whole: undefined });
      asked = sessionKey;
      dueAt = Number.POSITIVE_INFINITY;
      void load(sessionKey, live);
    },
  };
}
