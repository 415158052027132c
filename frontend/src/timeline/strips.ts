import { TyreCompound } from "../gen/racetime/v1/car_pb";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import { compoundLetter } from "../ui/tyres";
import type { Scale } from "./scale";
import type { Story } from "./story";

/** A stretch of a strip, in shares of its width. */
export interface Stretch {
  from: number;
  to: number;
  /** Look: the flag's colour, or the compound's letter. */
  look: string;
  /** Said on the stretch where there is room: colour is never alone. */
  letter: string;
}

const FLAGS: Partial<Record<TrackFlag, { look: string; letter: string }>> = {
  [TrackFlag.YELLOW]: { look: "yellow", letter: "Y" },
  [TrackFlag.SAFETY_CAR]: { look: "sc", letter: "SC" },
  [TrackFlag.SAFETY_CAR_ENDING]: { look: "sc", letter: "SC" },
  [TrackFlag.VIRTUAL_SAFETY_CAR]: { look: "sc", letter: "VSC" },
  [TrackFlag.VIRTUAL_SAFETY_CAR_ENDING]: { look: "sc", letter: "VSC" },
  [TrackFlag.RED]: { look: "red", letter: "RED" },
};

/** Stretches under a flag other than green, up to an instant. */
export function flagStretches(story: Story, scale: Scale, upTo: number): Stretch[] {
  const stretches = story.periods.flatMap((period) => {
    const look = FLAGS[period.flag];
    const start = period.startRaceOffsetMillis;
    if (look === undefined || start > upTo) return [];
    const end = Math.min(period.endRaceOffsetMillis ?? upTo, upTo);
    return [{ ...look, from: scale.shareOf(start), to: scale.shareOf(end) }];
  });
  stretches.sort((one, other) => one.from - other.from);
  return joined(stretches);
}

/** Join what goes on under the same letter: a safety car, and its last lap. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const whole: Stretch[] = [];
  for (const stretch of stretches) {
    const before = whole.at(-1);
    if (before?.letter === stretch.letter && stretch.from - before.to < 0.001)
      before.to = Math.max(before.to, stretch.to);
    else whole.push({ ...stretch });
  }
  return whole;
}

/** A driver's tyres over time, up to an instant; each set after the first was fitted at its beginning. */
export function tyreStretches(
  story: Story,
  scale: Scale,
  driverNumber: number,
  upTo: number,
): Stretch[] {
  const starts = new Map(
    story.laps
      .filter((lap) => lap.driverNumber === driverNumber)
      .map(({ lapNumber, startMillis }) => [lapNumber, startMillis]),
  );
  const own = story.stints
    .filter((stint) => stint.driverNumber === driverNumber && stint.firstLap !== undefined)
    .sort((one, other) => one.stintNumber - other.stintNumber);
  return own.flatMap((stint, index) => {
    const start = starts.get(stint.firstLap ?? 1);
    if (start === undefined || start > upTo) return [];
    const next = own[index + 1]?.firstLap;
    const end = next === undefined ? upTo : (starts.get(next) ?? upTo);
    const known = stint.compound !== TyreCompound.UNSPECIFIED;
    const letter = compoundLetter(stint.compound);
    const look = known ? letter : "unknown";
    return [{ look, letter, from: scale.shareOf(start), to: scale.shareOf(Math.min(end, upTo)) }];
  });
}

/** Laps that the axis names: 1, every fifth or tenth, the last. */
export function namedLaps(lapCount: number, narrow = false): number[] {
  const step = (lapCount > 30 ? 5 : lapCount > 12 ? 2 : 1) * (narrow ? 2 : 1);
  const every = Array.from({ length: lapCount }, (_, index) => index + 1);
  const named = every.filter((lap) => lap === 1 || lap === lapCount || lap % step === 0);
  // The last one would touch its neighbour.
  return named.filter((lap) => lap === lapCount || lapCount - lap > step / 3 || lap === 1);
}
