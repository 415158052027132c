import { useTranslation } from "react-i18next";
import type { Weather } from "../gen/racetime/v1/weather_pb";
import { localTime } from "../header/times";
import { useRace, useView } from "../live/useRace";
import { Chart, type Line } from "./Chart";
import { formatReading } from "./format";
import type { Readings } from "./history";
import { type Shown, useReadings } from "./useReadings";
import styles from "./WeatherHistory.module.css";

const LINES = [
  {
    name: "track",
    unit: "°",
    digits: 1,
    leastSpan: 3,
    of: (reading: Weather) => reading.trackTemperatureCelsius,
  },
  {
    name: "air",
    unit: "°",
    digits: 1,
    leastSpan: 3,
    of: (reading: Weather) => reading.airTemperatureCelsius,
  },
  {
    name: "humidity",
    unit: "%",
    digits: 0,
    leastSpan: 10,
    of: (reading: Weather) => reading.humidityPercent,
  },
  {
    name: "windSpeed",
    unit: " m/s",
    digits: 1,
    leastSpan: 3,
    of: (reading: Weather) => reading.windSpeedMps,
  },
  {
    name: "pressure",
    unit: " mbar",
    digits: 0,
    leastSpan: 4,
    of: (reading: Weather) => reading.pressureMillibars,
  },
] as const satisfies readonly Line[];

/** How the weather came to be what it is, over the time of the session. */
export function WeatherHistory() {
  const { t } = useTranslation("weather");
  const shown = useReadings();
  return (
    <section className={styles.panel} aria-label={t("history")} data-testid="weather-history">
      <header>
        <h2>{t("history")}</h2>
        <Now readings={shown?.readings ?? []} />
      </header>
      {shown === undefined || shown.readings.length === 0 ? (
        <p>{t("noReadings")}</p>
      ) : (
        <Charts shown={shown} />
      )}
    </section>
  );
}

function Now({ readings }: { readings: Readings }) {
  const { t } = useTranslation("weather");
  const newest = readings.at(-1);
  if (newest?.raining === undefined) return null;
  return <span>{t(newest.raining ? "rain" : "dry")}</span>;
}

function Charts({ shown }: { shown: Shown }) {
  const { t } = useTranslation("weather");
  return (
    <div className={styles.charts}>
      {LINES.map((line) => (
        <Chart key={line.name} shown={shown} line={line} name={t(line.name)}>
          {(curve) => (
            <>
              <b>{formatReading(curve.newest, line.unit, line.digits)}</b>
              <small>
                {t("range", {
                  low: formatReading(curve.low, "", line.digits),
                  high: formatReading(curve.high, line.unit, line.digits),
                })}
              </small>
            </>
          )}
        </Chart>
      ))}
      <Axis shown={shown} />
    </div>
  );
}

/** From when to when the charts tell, by the clock at the circuit. */
function Axis({ shown }: { shown: Shown }) {
  const times = useView((view) => view.times);
  const gmtOffset = useRace(({ session }) => session?.gmtOffsetMinutes);
  const minute = (millis: number) => localTime(times, gmtOffset, millis)?.slice(0, 5) ?? "–";
  return (
    <p className={styles.axis}>
      <time>{minute(shown.fromMillis)}</time>
      <time>{minute(shown.toMillis)}</time>
    </p>
  );
}
