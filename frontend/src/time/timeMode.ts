import type { Playback } from "../live/playback";

export interface TimeMode {
  mode: "live" | "delayed" | "replay" | "paused";
  /** Unset when nothing is live to be behind of. */
  behindMillis: number | undefined;
}

/** How the page stands to live, for the reading that is always in sight. */
export function timeMode(playback: Playback, live: boolean): TimeMode {
  const { place, pausedAt } = playback.store.getState();
  const behindMillis = live ? playback.behind() : undefined;
  if (pausedAt !== undefined) return { mode: "paused", behindMillis };
  if (place.kind === "replay") return { mode: "replay", behindMillis };
  return { mode: place.delayMillis === 0 ? "live" : "delayed", behindMillis };
}
