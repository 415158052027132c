import { useTranslation } from "react-i18next";
import { useRace } from "../live/useRace";
import { compassPoint, formatReading, rainText } from "./format";
import styles from "./Weather.module.css";

/** The newest reading of the circuit's weather station; a dash for what it does not tell. */
export function Weather() {
  const { t } = useTranslation("weather");
  const weather = useRace((state) => state.weather);
  return (
    <ul className={styles.strip} aria-label={t("title")} data-testid="weather">
      <li>
        <Drop raining={weather?.raining} />
        <b>{rainText(weather?.raining, t)}</b>
      </li>
      <Wind degrees={weather?.windDirectionDegrees} speed={weather?.windSpeedMps} />
      <Reading
        name={t("strip.track")}
        text={formatReading(weather?.trackTemperatureCelsius, "°")}
      />
      <Reading name={t("strip.air")} text={formatReading(weather?.airTemperatureCelsius, "°")} />
      <Reading name={t("strip.humidity")} text={formatReading(weather?.humidityPercent, "%")} />
    </ul>
  );
}

function Reading({ name, text }: { name: string; text: string }) {
  return (
    <li>
      <b>{text}</b>
      <span>{name}</span>
    </li>
  );
}

/** Filled when it rains, an outline when it does not. */
export function Drop({ raining }: { raining: boolean | undefined }) {
  return (
    <svg className={raining ? styles.rain : styles.dry} viewBox="0 0 20 20" aria-hidden="true">
      <path d="M10 2c3.4 4.6 5.4 7 5.4 10a5.4 5.4 0 0 1-10.8 0C4.6 9 6.6 6.6 10 2z" />
    </svg>
  );
}

/** The arrow points where the air goes; the name says where it comes from. */
function Wind({ degrees, speed }: { degrees: number | undefined; speed: number | undefined }) {
  const { t } = useTranslation("weather");
  const point = degrees === undefined ? "" : compassPoint(degrees, t("points").split(" "));
  return (
    <li>
      {degrees !== undefined && (
        <svg
          className={styles.wind}
          viewBox="0 0 32 32"
          role="img"
          aria-label={t("windFrom", { degrees })}
        >
          <circle cx="16" cy="16" r="14" />
          <path d="M16 2v4M16 26v4M2 16h4M26 16h4" />
          <path
            className={styles.arrow}
            d="M16 5l6 11h-4v10h-4V16h-4z"
            transform={`rotate(${degrees + 180} 16 16)`}
          />
        </svg>
      )}
      <b>
        {formatReading(speed, "", 1)}
        <small>m/s</small>
      </b>
      <span>{degrees === undefined ? t("wind") : `${point} ${degrees}°`}</span>
    </li>
  );
}
