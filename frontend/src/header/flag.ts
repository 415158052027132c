import type { TFunction } from "i18next";
import { CarState } from "../gen/racetime/v1/car_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { type SectorFlag, SectorFlagKind, TrackFlag } from "../gen/racetime/v1/track_pb";
import { codeOf, leaderOf, rankedByTime } from "../ui/order";

export type FlagShape = "ring" | "flag" | "flags" | "car" | "square" | "chequer" | "none";
export type FlagColour = "green" | "yellow" | "sc" | "red" | "none";

/** How the ruling flag is shown: a word, a line under it, a shape and a colour. */
export interface FlagLook {
  word: string;
  detail: string;
  shape: FlagShape;
  colour: FlagColour;
}

type Translate = TFunction<"header">;

export function flagLook(t: Translate, state: RaceState): FlagLook {
  switch (state.trackStatus?.flag) {
    case TrackFlag.GREEN:
      return {
        word: t("flag.green"),
        detail: t("flag.trackClear"),
        shape: "ring",
        colour: "green",
      };
    case TrackFlag.YELLOW:
      return yellowLook(t, state.sectorFlags);
    case TrackFlag.SAFETY_CAR:
      return { word: t("flag.safetyCar"), detail: t("flag.onTrack"), shape: "car", colour: "sc" };
    case TrackFlag.SAFETY_CAR_ENDING:
      return { word: t("flag.safetyCar"), detail: t("flag.inThisLap"), shape: "car", colour: "sc" };
    case TrackFlag.VIRTUAL_SAFETY_CAR:
      return {
        word: t("flag.vsc"),
        detail: t("flag.virtualSafetyCar"),
        shape: "car",
        colour: "sc",
      };
    case TrackFlag.VIRTUAL_SAFETY_CAR_ENDING:
      return { word: t("flag.vsc"), detail: t("flag.ending"), shape: "car", colour: "sc" };
    case TrackFlag.RED:
      return { word: t("flag.red"), detail: t("flag.stopped"), shape: "square", colour: "red" };
    case TrackFlag.CHEQUERED:
      return {
        word: t("flag.finish"),
        detail: finishDetail(t, state),
        shape: "chequer",
        colour: "none",
      };
    default:
      return { word: t("flag.none"), detail: t("flag.unknown"), shape: "none", colour: "none" };
  }
}

function finishDetail(t: Translate, state: RaceState): string {
  const leader = leaderOf(state);
  if (leader === undefined || rankedByTime(state)) return t("flag.chequered");
  const won = state.statuses[leader]?.state === CarState.FINISHED;
  return t(won ? "flag.wins" : "flag.leads", { code: codeOf(state, leader) });
}

function yellowLook(t: Translate, flags: Readonly<Record<number, SectorFlag>>): FlagLook {
  const single = sectorsUnder(flags, SectorFlagKind.YELLOW);
  const double = sectorsUnder(flags, SectorFlagKind.DOUBLE_YELLOW);
  if (single.length === 0 && double.length > 0) {
    return {
      word: t("flag.double"),
      detail: t("flag.doubleIn", { sectors: sectors(t, double) }),
      shape: "flags",
      colour: "yellow",
    };
  }
  const parts = [
    single.length > 0 ? capital(sectors(t, single)) : "",
    double.length > 0 ? t("flag.partDouble", { list: double.join(", ") }) : "",
  ];
  const detail = parts.filter(Boolean).join(" · ") || t("flag.sectorUnknown");
  return { word: t("flag.yellow"), detail, shape: "flag", colour: "yellow" };
}

function sectorsUnder(flags: Readonly<Record<number, SectorFlag>>, kind: SectorFlagKind): number[] {
  return Object.entries(flags)
    .filter(([, { flag }]) => flag === kind)
    .map(([sector]) => Number(sector));
}

const MOST_NAMED = 3;

function sectors(t: Translate, numbers: readonly number[]): string {
  const count = numbers.length;
  if (count > MOST_NAMED) return t("flag.sectorCount", { count });
  return t("flag.sector", { count, list: numbers.join(", ") });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
