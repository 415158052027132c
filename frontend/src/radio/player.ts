import { createStore, type StoreApi } from "zustand/vanilla";

/** What the one player of the page does. */
export interface PlayerState {
  /** Recording in the player; unset before the first. */
  url: string | undefined;
  doing: "nothing" | "loading" | "playing" | "paused" | "failed" | "refused";
  atSeconds: number;
  /** Unset until the recording has told. */
  lengthSeconds: number | undefined;
}

export interface Player {
  store: StoreApi<PlayerState>;
  /** Play a recording, or go on with it when it was paused. */
  play(url: string): void;
  /** Play recordings one after another, after the one that plays. */
  enqueue(url: string): void;
  pause(): void;
  seek(seconds: number): void;
}

const EMPTY: PlayerState = {
  url: undefined,
  doing: "nothing",
  atSeconds: 0,
  lengthSeconds: undefined,
};
const MOST_WAITING = 5;

/** Play recordings, one at a time. It outlives panels, so that radio goes on while another is shown. */
export function createPlayer(makeAudio: () => HTMLAudioElement = () => new Audio()): Player {
  const store = createStore<PlayerState>(() => EMPTY);
  let audio: HTMLAudioElement | undefined;
  let waiting: string[] = [];

  const element = (): HTMLAudioElement => {
    if (audio !== undefined) return audio;
    audio = makeAudio();
    listen(audio, store, () => {
      const next = waiting.shift();
      if (next !== undefined) play(next);
    });
    return audio;
  };

  const play = (url: string): void => {
    const made = element();
    const { url: loaded, doing } = store.getState();
    if (url !== loaded || doing === "failed") {
      store.setState({ ...EMPTY, url, doing: "loading" });
      made.src = url;
    }
    made.play().catch((error: unknown) => {
      if (store.getState().url !== url || !(error instanceof Error)) return;
      if (error.name === "NotAllowedError") store.setState({ doing: "refused" });
      else if (error.name !== "AbortError") store.setState({ doing: "failed" });
    });
  };

  return {
    store,
    play(url) {
      waiting = [];
      play(url);
    },
    enqueue(url) {
      const { doing } = store.getState();
      if (doing === "playing" || doing === "loading")
        waiting = [...waiting, url].slice(-MOST_WAITING);
      else play(url);
    },
    pause() {
      waiting = [];
      audio?.pause();
    },
    seek(seconds) {
      if (audio !== undefined) audio.currentTime = seconds;
    },
  };
}

function listen(audio: HTMLAudioElement, store: StoreApi<PlayerState>, onEnd: () => void): void {
  const length = (): number | undefined =>
    Number.isFinite(audio.duration) ? audio.duration : undefined;
  audio.addEventListener("playing", () => store.setState({ doing: "playing" }));
  audio.addEventListener("pause", () => {
    if (store.getState().doing === "playing") store.setState({ doing: "paused" });
  });
  audio.addEventListener("durationchange", () => store.setState({ lengthSeconds: length() }));
  audio.addEventListener("timeupdate", () => store.setState({ atSeconds: audio.currentTime }));
  audio.addEventListener("ended", () => {
    store.setState({ doing: "nothing", atSeconds: 0 });
    onEnd();
  });
  audio.addEventListener("error", () => {
    store.setState({ doing: "failed" });
    onEnd();
  });
}

export const player = createPlayer();
