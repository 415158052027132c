import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Weather } from "../gen/racetime/v1/weather_pb";
import { type Curve, curveOf, type Point, rainSpans } from "./curves";
import type { Shown } from "./useReadings";
import styles from "./WeatherHistory.module.css";

/** A quantity of the weather, as it is drawn. */
export interface Line {
  name: string;
  unit: string;
  digits: number;
  /** The chart spans at least so much, lest noise look like news. */
  leastSpan: number;
  of: (reading: Weather) => number | undefined;
}

const WIDTH = 400;
const HEIGHT = 40;
const EDGE = 3;

/** One quantity over time, with the rain behind it; its figures are beside it as text. */
export function Chart({
  shown,
  line,
  name,
  children,
}: {
  shown: Shown;
  line: Line;
  name: string;
  children: (curve: Curve) => ReactNode;
}) {
  const { t } = useTranslation("weather");
  const { readings, fromMillis, toMillis } = shown;
  const curve = useMemo(() => curveOf(readings, line.of), [readings, line]);
  const rain = useMemo(() => rainSpans(readings, toMillis), [readings, toMillis]);
  const x = (millis: number): number =>
    ((millis - fromMillis) / Math.max(1, toMillis - fromMillis)) * WIDTH;
  const y = curve && heightOf(curve, line.leastSpan);
  return (
    <figure className={styles.chart}>
      <figcaption>{name}</figcaption>
      {curve === undefined || y === undefined ? (
        <b title={t("notTold")}>–</b>
      ) : (
        <>
          {children(curve)}
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            {rain.map(([from, to]) => (
              <rect key={from} x={x(from)} width={x(to) - x(from)} height={HEIGHT} />
            ))}
            {curve.parts.map((part) => (
              <polyline key={part[0]?.[0]} points={pointsOf(part, y, x)} />
            ))}
          </svg>
        </>
      )}
    </figure>
  );
}

/** Where a value is drawn; a curve that spans little is in the middle of what is drawn at least. */
function heightOf({ low, high }: Curve, leastSpan: number): (value: number) => number {
  const span = Math.max(leastSpan, high - low);
  const bottom = (low + high - span) / 2;
  return (value) => HEIGHT - EDGE - ((value - bottom) / span) * (HEIGHT - 2 * EDGE);
}

type Scale = (value: number) => number;

function pointsOf(part: readonly Point[], y: Scale, x: Scale): string {
  const [first] = part;
  const ends: readonly Point[] =
    first && part.length === 1 ? [first, [first[0] + 30_000, first[1]]] : part;
  return ends.map(([millis, value]) => `${x(millis).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
}
