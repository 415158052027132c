import { useRace } from "../live/useRace";
import styles from "./DriverPanel.module.css";
import { type Fact, factsOf } from "./driverFacts";

/** The figures of a driver at a glance. */
export function Facts({ driverNumber }: { driverNumber: number }) {
  const key = useRace((state) => JSON.stringify(factsOf(state, driverNumber))) ?? "[]";
  return (
    <dl className={styles.facts}>
      {(JSON.parse(key) as Fact[]).map(({ name, of, value }) => (
        <div key={name}>
          <dt>
            {name} {of && <b>{of}</b>}
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
