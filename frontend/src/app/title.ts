import i18next, { type TFunction } from "i18next";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { flagLook } from "../header/flag";
import { lapText } from "../header/lead";
import type { Race } from "../live/race";
import { codeOf, leaderOf, rankedByTime } from "../ui/order";

const NAME = "RaceTime";

/** The tab's title: flag, lap and leader at the playhead; the bare name where nothing may be told. */
export function titleOf(
  t: TFunction<"header">,
  state: RaceState | undefined,
  spoilerFree: boolean,
): string {
  if (state === undefined || spoilerFree) return NAME;
  const { current, total } = lapText(state);
  const leader = leaderOf(state);
  const lap = rankedByTime(state) || current === "–" ? "" : `${current}${total}`;
  const parts = [flagLook(t, state).word, lap, leader === undefined ? "" : codeOf(state, leader)];
  return [...parts, NAME].filter(Boolean).join(" · ");
}

/** Keep the document's title; `isSpoilerFree` is asked each time. Answers how to stop. */
export function followTitle({ store }: Race, isSpoilerFree: () => boolean): () => void {
  const follow = (): void => {
    const t = i18next.getFixedT(null, "header");
    const title = titleOf(t, store.getState().state, isSpoilerFree());
    if (document.title !== title) document.title = title;
  };
  follow();
  return store.subscribe(follow);
}
