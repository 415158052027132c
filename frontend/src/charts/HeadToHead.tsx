import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import styles from "./Chart.module.css";
import { DuelGaps } from "./DuelGaps";
import { DuelSectors } from "./DuelSectors";
import { DuelTelemetry } from "./DuelTelemetry";
import { Seats } from "./Seats";
import { useDuel } from "./useDuel";

const VIEWS = { gap: DuelGaps, best: DuelSectors, telemetry: DuelTelemetry } as const;
const NAMES = Object.keys(VIEWS) as (keyof typeof VIEWS)[];

/** Two or three drivers compared: gap and laps, best times, telemetry over a lap. */
export function HeadToHead() {
  const { t } = useTranslation(["charts", "layout"]);
  const title = t("layout:panels.head-to-head");
  const duel = useDuel();
  return (
    <section className={styles.frame} aria-label={title} data-testid="head-to-head">
      <header>
        <h2>{title}</h2>
        <Seats duel={duel} />
      </header>
      {duel.entrants.length < 2 ? (
        <p className={styles.empty}>{t("noDrivers")}</p>
      ) : (
        <Tabs.Root defaultValue="gap" className={styles.stack}>
          <Tabs.List className={styles.tabs} aria-label={title}>
            {NAMES.map((name) => (
              <Tabs.Tab key={name} value={name} className={styles.control}>
                {t(`duel.${name}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {NAMES.map((name) => {
            const View = VIEWS[name];
            return (
              <Tabs.Panel key={name} value={name} className={styles.body}>
                <View entrants={duel.entrants} />
              </Tabs.Panel>
            );
          })}
        </Tabs.Root>
      )}
    </section>
  );
}
