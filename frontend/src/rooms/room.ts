import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { backOffMillis, wait } from "@racetime/client";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Playhead, Room, WatchRoomResponse } from "../gen/racetime/v1/room_service_pb";
import type { Control } from "../live/usePlayback";
import { playheadOf, whereOf } from "./playhead";

/** The calls of rooms, by whatever way they go. */
export interface RoomCalls {
  create(playhead: Playhead, sharedControl: boolean): Promise<{ room: Room; key: string }>;
  set(code: string, key: string, playhead: Playhead): Promise<void>;
  watch(code: string, signal: AbortSignal): AsyncIterable<WatchRoomResponse>;
}

export interface RoomState {
  /** Unset outside any room. */
  code: string | undefined;
  /** Key of its maker, who is us; empty for others. */
  key: string;
  sharedControl: boolean;
  /** Whether this page is where the room is. */
  inStep: boolean;
  status: "joining" | "joined" | "lost" | "over";
}

export interface RoomSeat {
  store: StoreApi<RoomState>;
  make(sharedControl: boolean): Promise<void>;
  join(code: string, key?: string): void;
  leave(): void;
  /** After a look elsewhere: be where the room is again. */
  rejoin(): void;
}

const OUTSIDE: RoomState = {
  code: undefined,
  key: "",
  sharedControl: false,
  inStep: true,
  status: "joining",
};
/** Taps come in bursts: the last one counts. */
const SETTLE_MILLIS = 200;

/** Sit in a room: follow its playhead, and move it when one may. */
export function createRoomSeat(
  control: Pick<Control, "playback" | "sessions">,
  calls: RoomCalls,
  wall: () => number = () => performance.now(),
): RoomSeat {
  const { playback, sessions } = control;
  const store = createStore<RoomState>(() => OUTSIDE);
  let ends = new AbortController();
  let newest: { playhead: Playhead | undefined; clockAhead: number; revision: number } | undefined;
  let following = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const mayMove = (): boolean => {
    const { key, sharedControl } = store.getState();
    return key !== "" || sharedControl;
  };
  const ownPlayhead = (): Playhead => {
    const shownKey = playback.shownKey();
    const { sessionKey, place, pausedAt } = playback.store.getState();
    const origin = sessions.originOf(shownKey);
    return playheadOf({ sessionKey, place, pausedAt }, shownKey, playback.now(), origin);
  };

  const follow = async (): Promise<void> => {
    if (newest === undefined) return;
    await sessions.refresh();
    const { playhead, clockAhead } = newest;
    const where = whereOf(playhead, wall() + clockAhead, sessions.originOf);
    if (where === undefined) return;
    following = true;
    playback.join(where);
    following = false;
    store.setState({ inStep: true });
  };

  let movedByUs = false;
  const take = async (message: WatchRoomResponse): Promise<void> => {
    const { room, serverTime } = message;
    if (room === undefined) return;
    const clockAhead = (serverTime ? timestampMs(serverTime) : Date.now()) - wall();
    const isNews = room.revision !== newest?.revision;
    newest = { playhead: room.playhead, clockAhead, revision: room.revision };
    store.setState({ status: "joined", sharedControl: room.sharedControl });
    if (isNews && !movedByUs) await follow();
    if (isNews) movedByUs = false;
  };

  const listen = async (code: string, signal: AbortSignal): Promise<void> => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        for await (const message of calls.watch(code, signal)) {
          failures = 0;
          await take(message);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (ConnectError.from(error).code === Code.NotFound)
          return store.setState({ status: "over" });
      }
      if (signal.aborted) return;
      store.setState({ status: "lost" });
      await wait(backOffMillis(failures, Math.random), signal);
    }
  };

  const push = async (): Promise<void> => {
    const { code, key } = store.getState();
    if (code === undefined) return;
    movedByUs = true;
    try {
      await calls.set(code, key, ownPlayhead());
    } catch {
      movedByUs = false;
      store.setState({ inStep: false });
    }
  };

  playback.store.subscribe(() => {
    if (following || store.getState().code === undefined || newest === undefined) return;
    if (!mayMove()) return store.setState({ inStep: false });
    clearTimeout(timer);
    timer = setTimeout(() => void push(), SETTLE_MILLIS);
  });

  const join = (code: string, key = ""): void => {
    ends.abort();
    ends = new AbortController();
    newest = undefined;
    store.setState({ ...OUTSIDE, code: code.toUpperCase(), key });
    void listen(code, ends.signal);
  };

  return {
    store,
    async make(sharedControl) {
      const { room, key } = await calls.create(ownPlayhead(), sharedControl);
      movedByUs = true; // we are where the room begins
      join(room.code, key);
    },
    join,
    leave() {
      ends.abort();
      clearTimeout(timer);
      newest = undefined;
      store.setState(OUTSIDE);
    },
    rejoin: () => void follow(),
  };
}
