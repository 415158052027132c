import type { Connection } from "../live/raceStore";
import { formatAge } from "./sourceLines";

const STALE_MILLIS = 12_000;

export interface ConnectionLook {
  state: "connecting" | "live" | "reconnecting" | "stale";
  word: string;
  detail: string;
}

/** How the connection is told: connected, asking again, or so long without a word that the page is stale. */
export function connectionLook(connection: Connection, wallMillis: number): ConnectionLook {
  const since = formatWhole(wallMillis - connection.sinceMillis);
  const silence = wallMillis - connection.heardMillis;
  if (connection.state === "connecting")
    return { state: "connecting", word: "Connecting", detail: connection.reason };
  if (silence > STALE_MILLIS) {
    return { state: "stale", word: "Stale", detail: `no word for ${formatWhole(silence)}` };
  }
  if (connection.state === "live") return { state: "live", word: "Connected", detail: "" };
  return { state: "reconnecting", word: "Reconnecting", detail: `since ${since}` };
}

function formatWhole(millis: number): string {
  return millis < 9_950 ? `${Math.max(0, Math.floor(millis / 1000))} s` : formatAge(millis);
}
