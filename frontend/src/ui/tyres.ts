import { TyreCompound } from "../gen/racetime/v1/car_pb";

const NAMES: Partial<Record<TyreCompound, string>> = {
  [TyreCompound.SOFT]: "soft",
  [TyreCompound.MEDIUM]: "medium",
  [TyreCompound.HARD]: "hard",
  [TyreCompound.INTERMEDIATE]: "intermediate",
  [TyreCompound.WET]: "wet",
};

export function compoundName(compound: TyreCompound): string {
  return NAMES[compound] ?? "unknown";
}

/** S, M, H, I or W; a question mark when not known. */
export function compoundLetter(compound: TyreCompound): string {
  return NAMES[compound]?.charAt(0).toUpperCase() ?? "?";
}
