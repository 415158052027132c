import { TrackFlag, type TrackPeriod } from "../gen/racetime/v1/track_pb";
import { type Grid, lapsDrivenAt } from "./field";

export type SpanLook = "yellow" | "sc" | "red";

/** A stretch of a chart's axis under a flag. */
export interface Span {
  from: number;
  to: number;
  look: SpanLook;
  /** Said on the stretch: colour is never alone. */
  letter: string;
}

const FLAGS: Partial<Record<TrackFlag, { look: SpanLook; letter: string }>> = {
  [TrackFlag.YELLOW]: { look: "yellow", letter: "Y" },
  [TrackFlag.SAFETY_CAR]: { look: "sc", letter: "SC" },
  [TrackFlag.SAFETY_CAR_ENDING]: { look: "sc", letter: "SC" },
  [TrackFlag.VIRTUAL_SAFETY_CAR]: { look: "sc", letter: "VSC" },
  [TrackFlag.VIRTUAL_SAFETY_CAR_ENDING]: { look: "sc", letter: "VSC" },
  [TrackFlag.RED]: { look: "red", letter: "RED" },
};

/** Stretches under flags on an axis of laps driven by the first car; those that last go on to its end. */
export function spansOf(periods: Readonly<Record<number, TrackPeriod>>, grid: Grid): Span[] {
  const begun = grid.first.find((time) => time !== null);
  const spans = Object.values(periods).flatMap((period): Span[] => {
    const flag = FLAGS[period.flag];
    const { startRaceOffsetMillis: start, endRaceOffsetMillis: end } = period;
    if (flag === undefined || begun === undefined || begun === null) return [];
    if (end !== undefined && end <= begun) return [];
    const from = lapsDrivenAt(grid, start);
    const to = end === undefined ? (grid.x.at(-1) ?? 0) : lapsDrivenAt(grid, end);
    return to > from ? [{ ...flag, from, to }] : [];
  });
  return joined(spans.sort((one, other) => one.from - other.from));
}

function joined(spans: readonly Span[]): Span[] {
  const whole: Span[] = [];
  for (const span of spans) {
    const before = whole.at(-1);
    if (before?.letter === span.letter && span.from - before.to < 0.01)
      before.to = Math.max(before.to, span.to);
    else whole.push({ ...span });
  }
  return whole;
}

/** Whether a time of the race lies under a safety car or a red flag. */
export function neutralised(
  periods: readonly TrackPeriod[],
  fromMillis: number,
  toMillis: number,
): boolean {
  return periods.some(({ flag, startRaceOffsetMillis: start, endRaceOffsetMillis: end }) => {
    const look = FLAGS[flag]?.look;
    if (look !== "sc" && look !== "red") return false;
    return start < toMillis && (end ?? Number.POSITIVE_INFINITY) > fromMillis;
  });
}
