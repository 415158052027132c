import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Chart.module.css";
import { behindOf } from "./curves";
import { deltasModel } from "./duelModels";
import type { Entrant } from "./entrants";
import { type ChartLook, summaryOf } from "./model";
import { gapText, lapText } from "./text";
import { UPlotChart } from "./UPlotChart";
import { useCurveModel } from "./useCurveModel";
import { useEmptyText, useField, useGrid, useSpans } from "./useRaceCharts";

/** How far the others are behind the first, and what each lap brought. */
export function DuelGaps({ entrants }: { entrants: readonly Entrant[] }) {
  const { t } = useTranslation("charts");
  const field = useField();
  const grid = useGrid(3);
  const spans = useSpans(grid);
  const curves = useMemo(
    () =>
      behindOf(
        grid,
        entrants.map(({ driverNumber }) => driverNumber),
      ),
    [grid, entrants],
  );
  const gaps = useCurveModel(curves, entrants, spans, 0);
  const deltas = useMemo(() => deltasModel(field, entrants, spans), [field, entrants, spans]);
  const look = useMemo<ChartLook>(
    () => ({
      formatX: (x) => lapText(t, x),
      formatY: gapText,
      upsideDown: true,
      stepsX: [1, 2, 5, 10, 20],
    }),
    [t],
  );
  const empty = useEmptyText();
  const reference = entrants[0]?.code ?? "";
  if (gaps.x.length < 2) return <p className={styles.empty}>{empty}</p>;
  return (
    <>
      <div className={styles.part} data-tall="">
        <h3>{t("duel.behind", { code: reference })}</h3>
        <p className={styles.hidden}>{summaryOf(gaps, look)}</p>
        <UPlotChart model={gaps} look={look} label={t("duel.behind", { code: reference })} />
      </div>
      <div className={styles.part}>
        <h3>{t("duel.slower", { code: reference })}</h3>
        <UPlotChart model={deltas} look={look} label={t("duel.slower", { code: reference })} />
      </div>
    </>
  );
}
