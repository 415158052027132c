import * as v from "valibot";
import type { RaceControlMessage } from "../gen/racetime/v1/race_control_pb";
import { messageKind } from "../race-control/messageKind";
import { keptStore } from "../settings/keptStore";

/** Sounds of race control, the most serious first. */
export const SOUND_KINDS = [
  "red",
  "safetyCar",
  "yellow",
  "chequered",
  "clear",
  "stewards",
  "trackLimits",
  "blue",
  "other",
] as const;

export type SoundKind = (typeof SOUND_KINDS)[number];

/** Off until the viewer turns them on. */
export const soundSettings = keptStore(
  "sounds",
  v.object({
    on: v.boolean(),
    volume: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    silent: v.array(v.picklist(SOUND_KINDS)),
  }),
  { on: false, volume: 0.6, silent: ["trackLimits", "blue", "other"] },
);

export function toggleSound(kind: SoundKind): void {
  soundSettings.setState(({ silent }) => ({
    silent: silent.includes(kind) ? silent.filter((one) => one !== kind) : [...silent, kind],
  }));
}

export function soundKindOf(message: RaceControlMessage): SoundKind {
  const kind = messageKind(message);
  if (kind !== "flags") return kind;
  if (message.category === "SafetyCar") return "safetyCar";
  if (message.flag === "RED" || message.flag === "CHEQUERED")
    return message.flag === "RED" ? "red" : "chequered";
  if (/YELLOW/.test(message.flag)) return "yellow";
  return /CLEAR|GREEN/.test(message.flag) ? "clear" : "other";
}

/** The one sound to make of messages that came together: the most serious that is not silent. */
export function soundFor(
  messages: readonly RaceControlMessage[],
  silent: readonly SoundKind[],
): SoundKind | undefined {
  const kinds = new Set(messages.map(soundKindOf));
  return SOUND_KINDS.find((kind) => kinds.has(kind) && !silent.includes(kind));
}
