import * as v from "valibot";
import { keptStore } from "../settings/keptStore";

const names = v.array(v.string());

/** What the viewer chose for the leaderboard. No columns chosen for a preset: those that it comes with. */
export const leaderboardChoices = keptStore(
  "leaderboard",
  v.object({
    race: names,
    qualifying: names,
    practice: names,
    pinFavourites: v.boolean(),
    relativeGaps: v.boolean(),
    gapFirst: v.boolean(),
  }),
  {
    race: [],
    qualifying: [],
    practice: [],
    pinFavourites: false,
    relativeGaps: false,
    gapFirst: false,
  },
);
