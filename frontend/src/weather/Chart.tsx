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
  return (
    <figure className={styles.chart}>
      <figcaption>{name}</figcaption>
      {curve === undefined ? (
        <b title={t("notTold")}>–</b>
      ) : (
        <>
          {children(curve)}
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            {rain.map(([from, to]) => (
              <rect key={from} x={x(from)} width={x(to) - x(from)} height={HEIGHT} />
            ))}
            {curve.parts.map((part) => (
              <polyline key={part[0]?.[0]} points={pointsOf(part, curve, x)} />
            ))}
          </svg>
        </>
      )}
    </figure>
  );
}

function pointsOf(part: readonly Point[], { low, high }: Curve, x: (millis: number) => number) {
  const span = high - low || 1;
  const y = (value: number): number =>
    high === low ? HEIGHT / 2 : HEIGHT - EDGE - ((value - low) / span) * (HEIGHT - 2 * EDGE);
  const ends = part.length === 1 && part[0] ? [...part, [part[0][0] + 30_000, part[0][1]]] : part;
  return ends
    .map(([millis = 0, value = 0]) => `${x(millis).toFixed(1)},${y(value).toFixed(1)}`)
    .join(" ");
}
