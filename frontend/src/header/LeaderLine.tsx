import { useTranslation } from "react-i18next";
import { sourcesOf } from "../live/sources";
import { useRace, useRaceObject, useTicking } from "../live/useRace";
import { TeamBar } from "../ui/TeamBar";
import { rainText } from "../weather/format";
import { Drop } from "../weather/Weather";
import { connectionLook } from "./connectionLook";
import { Mode, useLead } from "./Header";
import styles from "./LeaderLine.module.css";
import { newestAge } from "./sourceLines";

/** On a phone, under flag and lap: who leads, the weather, and whether it is all fresh. */
export function LeaderLine() {
  const { t } = useTranslation("header");
  const weather = useTranslation("weather");
  const lead = useLead();
  const raining = useRace((state) => state.weather?.raining);
  const { store } = useRaceObject();
  const word = useTicking((wall) => {
    const look = connectionLook(t, store.getState().connection, wall);
    return look.state === "live" ? "" : `${look.word} ${look.detail}`;
  });
  return (
    <div className={styles.line}>
      <p>
        <span>P1</span>
        <TeamBar colour={lead?.colour} />
        <b>{lead?.code ?? "–"}</b>
        <span>{lead?.detail}</span>
      </p>
      <p className={styles.rain}>
        <Drop raining={raining} />
        {rainText(raining, weather.t)}
      </p>
      <p>
        {word ? <strong>{word}</strong> : <Mode />}
        {!word && <Age />}
      </p>
    </div>
  );
}

/** How old the newest data is, of whatever source is the freshest. */
function Age() {
  const { t } = useTranslation("header");
  const { store, clock, motion } = useRaceObject();
  const text = useTicking((wall) => {
    return newestAge(sourcesOf(store.getState().state, motion.measuredMillis()), clock.now(wall));
  });
  return <em title={t("age.newest")}>{text ?? "–"}</em>;
}
