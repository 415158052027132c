import styles from "./Area.module.css";
import { PanelFrame } from "./PanelFrame";
import type { AreaPlan } from "./presets";
import { Tabbed } from "./Tabbed";

/** A place of the screen: one panel, or several of which one is shown. */
export function Area({ name, panels, foot }: AreaPlan) {
  const [only] = panels;
  return (
    <div className={styles.area} style={{ gridArea: name }} data-area={name} tabIndex={-1}>
      {panels.length > 1 ? (
        <Tabbed name={name} panels={panels} />
      ) : (
        only !== undefined && <PanelFrame name={only} />
      )}
      {foot !== undefined && <PanelFrame name={foot} />}
    </div>
  );
}
