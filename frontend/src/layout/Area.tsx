import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import type { PanelName } from "../panels/panels";
import styles from "./Area.module.css";
import { chooseTab, useLayout } from "./layoutStore";
import { PanelFrame } from "./PanelFrame";
import { type AreaPlan, isPanel } from "./presets";

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

function Tabbed({ name, panels }: { name: string; panels: readonly PanelName[] }) {
  const { t } = useTranslation("layout");
  const chosen = useLayout(({ tabs }) => tabs[name]);
  const shown = panels.find((panel) => panel === chosen) ?? panels[0];
  return (
    <Tabs.Root
      className={styles.tabbed}
      value={shown}
      onValueChange={(panel: string) => isPanel(panel) && chooseTab(name, panel)}
    >
      <Tabs.List className={styles.tabs} aria-label={t("tabs.list")} activateOnFocus>
        {panels.map((panel) => (
          <Tabs.Tab key={panel} value={panel} data-testid={`tab-${panel}`}>
            {t(`panels.${panel}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {panels.map((panel) => (
        <Tabs.Panel key={panel} value={panel} className={styles.panel} tabIndex={-1}>
          {panel === shown && <PanelFrame name={panel} />}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}
