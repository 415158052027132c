/** Where instants of a session lie on its timeline, from 0 to 1. */
export interface Scale {
  shareOf(raceOffsetMillis: number): number;
  timeAt(share: number): number;
  /** Laps of the axis; 0 when it counts time. */
  lapCount: number;
  /** Where a lap begins on an axis of laps. */
  shareOfLap(lap: number): number;
}

/** Room before lap 1 and behind the last one. */
const BEFORE_SHARE = 0.03;
const AFTER_SHARE = 0.03;
/** Until laps have told, in milliseconds. */
const GUESSED_LAP_MILLIS = 90_000;

export interface LapAxis {
  lapStarts: readonly number[];
  totalLaps: number;
  beginMillis: number;
  /** End of the log so far, or of the session. */
  endMillis: number;
  /** When the leader ended the race; unset while it runs. */
  finishMillis: number | undefined;
}

/** Laps at equal width: those to come as long as the last ones were. */
export function lapScale({
  lapStarts,
  totalLaps,
  beginMillis,
  endMillis,
  finishMillis,
}: LapAxis): Scale {
  const lapCount = Math.max(totalLaps, lapStarts.length, 1);
  const width = (1 - BEFORE_SHARE - AFTER_SHARE) / lapCount;
  const first = lapStarts[0] ?? beginMillis;
  const points: Point[] = [{ time: Math.min(beginMillis, first - 1), share: 0 }];
  lapStarts.forEach((time, index) => {
    points.push({ time, share: BEFORE_SHARE + index * width });
  });
  const last = points.at(-1) as Point;
  if (lapStarts.length === 0) points.push({ time: first, share: BEFORE_SHARE });
  const begun = Math.max(1, lapStarts.length);
  const toGo = lapCount - begun + 1;
  const typical =
    lapStarts.length > 1 ? (last.time - first) / (lapStarts.length - 1) : GUESSED_LAP_MILLIS;
  const finish = finishMillis !== undefined && finishMillis > last.time ? finishMillis : undefined;
  const flag = finish ?? (points.at(-1) as Point).time + toGo * typical;
  points.push({ time: flag, share: 1 - AFTER_SHARE });
  points.push({ time: Math.max(endMillis, flag + 1), share: 1 });
  return { ...piecewise(points), lapCount, shareOfLap: (lap) => BEFORE_SHARE + (lap - 1) * width };
}

/** Time at equal width. */
export function timeScale(beginMillis: number, endMillis: number): Scale {
  const end = Math.max(endMillis, beginMillis + 1);
  return {
    ...piecewise([
      { time: beginMillis, share: 0 },
      { time: end, share: 1 },
    ]),
    lapCount: 0,
    shareOfLap: () => 0,
  };
}

interface Point {
  time: number;
  share: number;
}

function piecewise(points: readonly Point[]): Pick<Scale, "shareOf" | "timeAt"> {
  const between = (value: number, from: "time" | "share", to: "time" | "share"): number => {
    const found = points.findIndex((point) => point[from] > value);
    if (found === 0) return (points[0] as Point)[to];
    if (found === -1) return (points.at(-1) as Point)[to];
    const [low, high] = [points[found - 1] as Point, points[found] as Point];
    return low[to] + ((value - low[from]) / (high[from] - low[from])) * (high[to] - low[to]);
  };
  return {
    shareOf: (time) => between(time, "time", "share"),
    timeAt: (share) => between(share, "share", "time"),
  };
}
