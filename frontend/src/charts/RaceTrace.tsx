import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ChartFrame } from "./ChartFrame";
import { Choose, ChooseDrivers, ChooseReach } from "./Choose";
import { chartSettings, useChartSettings } from "./chartSettings";
import { type Pace, traceOf } from "./curves";
import type { ChartLook } from "./model";
import { gapText, lapText } from "./text";
import { useCurveModel } from "./useCurveModel";
import { useEmptyText, useEntrants, useGrid, useSpans } from "./useRaceCharts";

const PACES: readonly Pace[] = ["field", "leader"];

/** How far every car is ahead of one that goes at a steady pace: who gains rises. */
export function RaceTrace() {
  const { t } = useTranslation(["charts", "layout"]);
  const grid = useGrid(3);
  const spans = useSpans(grid);
  const pace = useChartSettings((settings) => settings.pace);
  const curves = useMemo(() => traceOf(grid, pace), [grid, pace]);
  const entrants = useEntrants(useChartSettings(({ drivers }) => drivers));
  const reachLaps = useChartSettings((settings) => settings.reachLaps);
  const model = useCurveModel(curves, entrants, spans, reachLaps);
  const look = useMemo<ChartLook>(
    () => ({ formatX: (x) => lapText(t, x), formatY: gapText, stepsX: [1, 2, 5, 10, 20] }),
    [t],
  );
  return (
    <ChartFrame
      title={t("layout:panels.race-trace")}
      model={model}
      look={look}
      testId="race-trace"
      empty={useEmptyText()}
    >
      <Choose<Pace>
        label={t("pace")}
        value={pace}
        options={PACES.map((value) => ({ value, text: t(`paces.${value}`) }))}
        onChoose={(value) => chartSettings.setState({ pace: value })}
      />
      <ChooseDrivers setting="drivers" />
      <ChooseReach />
    </ChartFrame>
  );
}
