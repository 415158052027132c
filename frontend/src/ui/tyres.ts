import { TyreCompound } from "../gen/racetime/v1/car_pb";

type CompoundName = "soft" | "medium" | "hard" | "intermediate" | "wet";

const NAMES: Partial<Record<TyreCompound, CompoundName>> = {
  [TyreCompound.SOFT]: "soft",
  [TyreCompound.MEDIUM]: "medium",
  [TyreCompound.HARD]: "hard",
  [TyreCompound.INTERMEDIATE]: "intermediate",
  [TyreCompound.WET]: "wet",
};

/** The compound's word in `common:tyres`. */
export function compoundName(compound: TyreCompound): CompoundName | "unknown" {
  return NAMES[compound] ?? "unknown";
}

/** S, M, H, I or W; a question mark when not known. */
export function compoundLetter(compound: TyreCompound): string {
  return NAMES[compound]?.charAt(0).toUpperCase() ?? "?";
}
