import {
  type CarSectors,
  SegmentMark,
  type SessionBests,
  type TimeMark,
} from "../gen/racetime/v1/car_pb";
import type { Lap } from "../gen/racetime/v1/history_pb";
import { DASH, formatSeconds, type Mark, markNow } from "./format";

export interface SectorCell {
  text: string;
  mark: Mark;
  /** Of an earlier lap than the one being driven. */
  old: boolean;
  segments: readonly SegmentMark[];
}

/** What the three sector cells say: the running lap as far as it is known, the lap before it where it is not. */
export function sectorCells(
  sectors: CarSectors | undefined,
  before: Lap | undefined,
  currentLap: number | undefined,
  bests: SessionBests | undefined,
): [SectorCell, SectorCell, SectorCell] {
  const old = sectors !== undefined && currentLap !== undefined && sectors.lap < currentLap;
  const cell = (
    millis: number | undefined,
    mark: TimeMark | undefined,
    segments: readonly SegmentMark[],
    earlier: number | undefined,
    best: number | undefined,
  ): SectorCell => {
    if (millis !== undefined)
      return { text: formatSeconds(millis), mark: markNow(mark, millis, best), old, segments };
    const text = earlier === undefined ? DASH : formatSeconds(earlier);
    return { text, mark: "none", old: true, segments };
  };
  return [
    cell(
      sectors?.sector1Millis,
      sectors?.sector1Mark,
      sectors?.segments1 ?? [],
      before?.sector1Millis,
      bests?.sector1Millis,
    ),
    cell(
      sectors?.sector2Millis,
      sectors?.sector2Mark,
      sectors?.segments2 ?? [],
      before?.sector2Millis,
      bests?.sector2Millis,
    ),
    cell(
      sectors?.sector3Millis,
      sectors?.sector3Mark,
      sectors?.segments3 ?? [],
      before?.sector3Millis,
      bests?.sector3Millis,
    ),
  ];
}

export type SegmentShape = "best" | "personal" | "slower" | "pit" | "none";

const SHAPES: Partial<Record<SegmentMark, SegmentShape>> = {
  [SegmentMark.OVERALL_BEST]: "best",
  [SegmentMark.PERSONAL_BEST]: "personal",
  [SegmentMark.SLOWER]: "slower",
  [SegmentMark.PIT_LANE]: "pit",
};

export function segmentShape(mark: SegmentMark): SegmentShape {
  return SHAPES[mark] ?? "none";
}
