import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ChartFrame } from "./ChartFrame";
import { ChooseDrivers, ChooseReach } from "./Choose";
import { useChartSettings } from "./chartSettings";
import { gapsOf } from "./curves";
import { type ChartLook, type ChartModel, greatestOf } from "./model";
import { gapText, lapText } from "./text";
import { useCurveModel } from "./useCurveModel";
import { useEmptyText, useEntrants, useGrid, useSpans } from "./useRaceCharts";

/** Lapped cars are not worth flattening the others for. */
const MOST_SECONDS = 100;

/** How far every car is behind the first, at the end of every sector. */
export function GapChart() {
  const { t } = useTranslation(["charts", "layout"]);
  const grid = useGrid(3);
  const spans = useSpans(grid);
  const curves = useMemo(() => gapsOf(grid), [grid]);
  const entrants = useEntrants(useChartSettings(({ drivers }) => drivers));
  const reachLaps = useChartSettings((settings) => settings.reachLaps);
  const model = useCurveModel(curves, entrants, spans, reachLaps);
  const ranged = useMemo(() => ({ ...model, range: gapRange(model) }), [model]);
  const look = useMemo<ChartLook>(
    () => ({
      formatX: (x) => lapText(t, x),
      formatY: gapText,
      upsideDown: true,
      stepsX: [1, 2, 5, 10, 20],
    }),
    [t],
  );
  return (
    <ChartFrame
      title={t("layout:panels.gap-chart")}
      model={ranged}
      look={look}
      testId="gap-chart"
      empty={useEmptyText()}
    >
      <ChooseDrivers setting="drivers" />
      <ChooseReach />
    </ChartFrame>
  );
}

function gapRange(model: ChartModel): [number, number] {
  const most = Math.min(Math.max(greatestOf(model), 2), MOST_SECONDS);
  return [-most * 0.03, most * 1.03];
}
