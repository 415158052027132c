import { useTranslation } from "react-i18next";
import { useRace } from "../live/useRace";
import styles from "./DriverPanel.module.css";
import { type Fact, factsOf } from "./driverFacts";

/** The figures of a driver at a glance. */
export function Facts({ driverNumber }: { driverNumber: number }) {
  const { t } = useTranslation("driver");
  const key = useRace((state) => JSON.stringify(factsOf(state, driverNumber, t))) ?? "[]";
  return (
    <dl className={styles.facts}>
      {(JSON.parse(key) as Fact[]).map(({ name, of, value, trend }) => (
        <div key={name}>
          <dt>
            {name} {of && <b>{of}</b>}
          </dt>
          <dd>
            {value}
            {trend && <small title={t("trend")}>{trend}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
