import type { TFunction } from "i18next";
import type { Connection } from "../live/raceStore";
import { formatAge } from "./sourceLines";

const STALE_MILLIS = 12_000;

export interface ConnectionLook {
  state: "connecting" | "live" | "reconnecting" | "stale";
  word: string;
  detail: string;
}

/** How the connection is told: connected, asking again, or so long without a word that the page is stale. */
export function connectionLook(
  t: TFunction<"header">,
  connection: Connection,
  wallMillis: number,
): ConnectionLook {
  const since = formatWhole(wallMillis - connection.sinceMillis);
  const silence = wallMillis - connection.heardMillis;
  if (connection.state === "connecting")
    return { state: "connecting", word: t("connection.connecting"), detail: connection.reason };
  if (silence > STALE_MILLIS) {
    return {
      state: "stale",
      word: t("connection.stale"),
      detail: t("connection.silent", { age: formatWhole(silence) }),
    };
  }
  if (connection.state === "live") return { state: "live", word: t("connection.live"), detail: "" };
  return {
    state: "reconnecting",
    word: t("connection.reconnecting"),
    detail: t("connection.since", { age: since }),
  };
}

function formatWhole(millis: number): string {
  return millis < 9_950 ? `${Math.max(0, Math.floor(millis / 1000))} s` : formatAge(millis);
}
