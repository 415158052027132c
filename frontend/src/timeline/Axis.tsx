import { useRace, useView } from "../live/useRace";
import { useTimeOfDay } from "../settings/timeOfDay";
import { usePhone } from "../ui/usePhone";
import type { Scale } from "./scale";
import { namedLaps } from "./strips";
import styles from "./Timeline.module.css";

const TEN_MINUTES = 600_000;

/** Laps, or times of day at the circuit, along the timeline. */
export function Axis({ scale }: { scale: Scale }) {
  const origin = useView(({ times }) => times.originMillis);
  const narrow = usePhone();
  const gmtOffset = useRace(({ session }) => session?.gmtOffsetMinutes);
  const tell = useTimeOfDay();
  const marks =
    scale.lapCount > 0
      ? lapMarks(scale, narrow)
      : timeMarks(
          scale,
          origin,
          gmtOffset ?? 0,
          (instant) => tell(instant, gmtOffset, false) ?? "",
        );
  return (
    <div className={styles.axis} aria-hidden>
      {marks.map(({ share, text }) => (
        <span key={share} style={{ left: `${(share * 100).toFixed(3)}%` }}>
          {text}
        </span>
      ))}
    </div>
  );
}

interface Mark {
  share: number;
  text: string;
}

function lapMarks(scale: Scale, narrow: boolean): Mark[] {
  return namedLaps(scale.lapCount, narrow).map((lap) => ({
    share: scale.shareOfLap(lap),
    text: String(lap),
  }));
}

function timeMarks(
  scale: Scale,
  origin: number | undefined,
  gmtOffset: number,
  tell: (instantMillis: number) => string,
): Mark[] {
  const begin = scale.timeAt(0);
  const end = scale.timeAt(1);
  const shift = (origin ?? 0) + gmtOffset * 60_000;
  const first = Math.ceil((begin + shift) / TEN_MINUTES) * TEN_MINUTES - shift;
  const marks: Mark[] = [];
  for (let at = first; at < end; at += TEN_MINUTES)
    marks.push({
      share: scale.shareOf(at),
      text: tell(at + (origin ?? 0)),
    });
  return marks;
}
