import { type KeyboardEvent, useId } from "react";
import { useTranslation } from "react-i18next";
import type { PanelName } from "../panels/panels";
import styles from "./Area.module.css";
import { chooseTab, useLayout } from "./layoutStore";
import { PanelFrame } from "./PanelFrame";

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };

/** Several panels of which one is shown. By hand, as it is on the first screen: a library would weigh as much as the map. */
export function Tabbed({ name, panels }: { name: string; panels: readonly PanelName[] }) {
  const { t } = useTranslation("layout");
  const id = useId();
  const chosen = useLayout(({ tabs }) => tabs[name]);
  const shown = panels.find((panel) => panel === chosen) ?? panels[0];
  const move = (event: KeyboardEvent<HTMLDivElement>): void => {
    const next = panels[nextIndex(event.key, panels.length, panels.indexOf(shown as PanelName))];
    if (next === undefined) return;
    event.preventDefault();
    chooseTab(name, next);
    event.currentTarget.querySelector<HTMLElement>(`[data-panel="${next}"]`)?.focus();
  };
  return (
    <div className={styles.tabbed}>
      <div className={styles.tabs} role="tablist" aria-label={t("tabs.list")} onKeyDown={move}>
        {panels.map((panel) => (
          <button
            key={panel}
            type="button"
            role="tab"
            id={`${id}-${panel}`}
            data-panel={panel}
            aria-selected={panel === shown}
            aria-controls={`${id}-panel`}
            tabIndex={panel === shown ? 0 : -1}
            onClick={() => chooseTab(name, panel)}
          >
            {t(`panels.${panel}`)}
          </button>
        ))}
      </div>
      <div
        className={styles.panel}
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${shown}`}
      >
        {shown !== undefined && <PanelFrame name={shown} />}
      </div>
    </div>
  );
}

/** Which tab a key leads to; -1 for a key that leads to none. */
export function nextIndex(key: string, count: number, current: number): number {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key];
  return step === undefined ? -1 : (current + step + count) % count;
}
