import styles from "./Chart.module.css";
import type { Reading } from "./model";
import { Swatch } from "./Swatch";

/** The values at the crosshair, on the side where they hide least. */
export function Readout(props: { at: string; readings: readonly Reading[]; right: boolean }) {
  return (
    <div className={styles.readout} data-side={props.right ? "right" : "left"} aria-hidden="true">
      <b>{props.at}</b>
      {props.readings.map(({ key, label, colour, dashed, text, strong }) => (
        <span key={key} data-strong={strong || undefined}>
          <Swatch colour={colour} dashed={dashed} />
          {label}
          <em>{text}</em>
        </span>
      ))}
    </div>
  );
}
