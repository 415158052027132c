import * as v from "valibot";
import type { TeamRadio } from "../gen/racetime/v1/history_pb";
import { keptStore } from "../settings/keptStore";

/** Whose radio is listed. */
export const LISTED = ["all", "favourites", "selected"] as const;
/** Whose radio is played as it comes. */
export const PLAYED = ["nobody", "favourites", "selected", "all"] as const;

export type Whose = (typeof PLAYED)[number];

export const radioSettings = keptStore(
  "radio",
  v.object({ listed: v.picklist(LISTED), played: v.picklist(PLAYED) }),
  { listed: "all", played: "nobody" },
);

export function concerns(
  whose: Whose,
  driverNumber: number,
  favourites: readonly number[],
  selected: number | undefined,
): boolean {
  if (whose === "favourites") return favourites.includes(driverNumber);
  return whose === "all" || (whose === "selected" && driverNumber === selected);
}

/** Recordings by identity, newest first. */
export function recordingsOf(
  teamRadio: Readonly<Record<string, TeamRadio>>,
  wanted: (driverNumber: number) => boolean,
): TeamRadio[] {
  return Object.values(teamRadio)
    .filter(({ recordingUrl, driverNumber }) => recordingUrl !== "" && wanted(driverNumber))
    .sort((a, b) => b.raceOffsetMillis - a.raceOffsetMillis);
}
