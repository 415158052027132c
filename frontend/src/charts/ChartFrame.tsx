import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Chart.module.css";
import { ChartTable } from "./ChartTable";
import { type ChartLook, type ChartModel, summaryOf } from "./model";
import { SCROLLABLE } from "./scrollable";
import { UPlotChart } from "./UPlotChart";

interface Props {
  title: string;
  model: ChartModel;
  look: ChartLook;
  testId: string;
  /** What is said while there is nothing to draw. */
  empty: string;
  children?: ReactNode;
}

/** A chart as a panel: its title, its controls, the chart or the same as a table, and a summary in words. */
export function ChartFrame({ title, model, look, testId, empty, children }: Props) {
  const { t } = useTranslation("charts");
  const [asTable, setAsTable] = useState(false);
  const known = model.lines.some(({ values }) => values.some((value) => value !== null));
  return (
    <section className={styles.frame} aria-label={title} data-testid={testId}>
      <header>
        <h2>{title}</h2>
        {children}
        <button
          type="button"
          className={styles.control}
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        >
          {t("table")}
        </button>
      </header>
      <div className={styles.body} {...(asTable && SCROLLABLE)}>
        {known && <p className={styles.hidden}>{summaryOf(model, look)}</p>}
        {!known && <p className={styles.empty}>{empty}</p>}
        {known && !asTable && <UPlotChart model={model} look={look} label={title} />}
        {known && asTable && <ChartTable model={model} look={look} caption={title} />}
      </div>
    </section>
  );
}
