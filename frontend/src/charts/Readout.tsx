import styles from "./Chart.module.css";
import type { Reading } from "./model";

/** The values at the crosshair, on the side where they hide least. */
export function Readout(props: { at: string; readings: readonly Reading[]; right: boolean }) {
  return (
    <div className={styles.readout} data-side={props.right ? "right" : "left"} aria-hidden="true">
      <b>{props.at}</b>
      {props.readings.map(({ key, label, colour, text, strong }) => (
        <span key={key} data-strong={strong || undefined}>
          <i style={{ background: colour }} />
          {label}
          <em>{text}</em>
        </span>
      ))}
    </div>
  );
}
