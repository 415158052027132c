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

export function flagLook(state: RaceState): FlagLook {
  switch (state.trackStatus?.flag) {
    case TrackFlag.GREEN:
      return { word: "GREEN", detail: "Track clear", shape: "ring", colour: "green" };
    case TrackFlag.YELLOW:
      return yellowLook(state.sectorFlags);
    case TrackFlag.SAFETY_CAR:
      return { word: "SAFETY CAR", detail: "On track", shape: "car", colour: "sc" };
    case TrackFlag.SAFETY_CAR_ENDING:
      return { word: "SAFETY CAR", detail: "In this lap", shape: "car", colour: "sc" };
    case TrackFlag.VIRTUAL_SAFETY_CAR:
      return { word: "VSC", detail: "Virtual safety car", shape: "car", colour: "sc" };
    case TrackFlag.VIRTUAL_SAFETY_CAR_ENDING:
      return { word: "VSC", detail: "Ending", shape: "car", colour: "sc" };
    case TrackFlag.RED:
      return { word: "RED FLAG", detail: "Session stopped", shape: "square", colour: "red" };
    case TrackFlag.CHEQUERED:
      return { word: "FINISH", detail: finishDetail(state), shape: "chequer", colour: "none" };
    default:
      return { word: "NO FLAG", detail: "Flag not known", shape: "none", colour: "none" };
  }
}

function finishDetail(state: RaceState): string {
  const leader = leaderOf(state);
  if (leader === undefined || rankedByTime(state)) return "Chequered flag";
  const won = state.statuses[leader]?.state === CarState.FINISHED;
  return `${codeOf(state, leader)} ${won ? "wins" : "leads"}`;
}

function yellowLook(flags: Readonly<Record<number, SectorFlag>>): FlagLook {
  const single = sectorsUnder(flags, SectorFlagKind.YELLOW);
  const double = sectorsUnder(flags, SectorFlagKind.DOUBLE_YELLOW);
  if (single.length === 0 && double.length > 0) {
    return {
      word: "DOUBLE",
      detail: `Yellow, ${sectors(double)}`,
      shape: "flags",
      colour: "yellow",
    };
  }
  const parts = [
    single.length > 0 ? capital(sectors(single)) : "",
    double.length > 0 ? `double in ${double.join(", ")}` : "",
  ];
  const detail = parts.filter(Boolean).join(" · ") || "Sector not known";
  return { word: "YELLOW", detail, shape: "flag", colour: "yellow" };
}

function sectorsUnder(flags: Readonly<Record<number, SectorFlag>>, kind: SectorFlagKind): number[] {
  return Object.entries(flags)
    .filter(([, { flag }]) => flag === kind)
    .map(([sector]) => Number(sector));
}

const MOST_NAMED = 3;

function sectors(numbers: readonly number[]): string {
  if (numbers.length > MOST_NAMED) return `${numbers.length} sectors`;
  return `${numbers.length === 1 ? "sector" : "sectors"} ${numbers.join(", ")}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
