import { useTranslation } from "react-i18next";
import { sourcesOf } from "../live/sources";
import { useRaceObject, useTicking } from "../live/useRace";
import styles from "./Header.module.css";
import { type SourceLine, sourceLines } from "./sourceLines";

/** How old the data of each source is, by the race's own clock. */
export function Sources() {
  const { t } = useTranslation("header");
  const { store, clock, motion } = useRaceObject();
  const key = useTicking((wall) => {
    const { state } = store.getState();
    return JSON.stringify(
      sourceLines(t, sourcesOf(state, motion.measuredMillis()), clock.now(wall), clock.speed()),
    );
  });
  const lines = JSON.parse(key) as SourceLine[];
  return (
    <ul className={styles.sources} aria-label={t("age.title")} data-testid="sources">
      {lines.map(({ endpoint, label, freshness, text }) => (
        <li key={endpoint} data-source={endpoint} data-freshness={freshness}>
          <i aria-hidden />
          <span>{label}</span>
          <b>{text}</b>
        </li>
      ))}
    </ul>
  );
}
