import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ChartFrame } from "./ChartFrame";
import { ChooseDrivers, ChooseReach } from "./Choose";
import { useChartSettings } from "./chartSettings";
import { placesOf } from "./curves";
import type { ChartLook } from "./model";
import { lapText } from "./text";
import { useCurveModel } from "./useCurveModel";
import { useEmptyText, useEntrants, useGrid, useSpans } from "./useRaceCharts";
import { useSlowly } from "./useSlowly";

/** The place of every car at the end of every lap. */
export function LapChart() {
  const { t } = useTranslation(["charts", "layout"]);
  const grid = useGrid(1);
  const spans = useSpans(grid);
  const gridKey = useSlowly(({ positions }) =>
    Object.entries(positions)
      .flatMap(([number, { gridPosition }]) => (gridPosition ? `${number}:${gridPosition}` : []))
      .join(),
  );
  const curves = useMemo(() => placesOf(grid, parsePlaces(gridKey ?? "")), [grid, gridKey]);
  const entrants = useEntrants(useChartSettings(({ drivers }) => drivers));
  const reachLaps = useChartSettings((settings) => settings.reachLaps);
  const model = useCurveModel(curves, entrants, spans, reachLaps);
  const ranged = useMemo(
    () => ({ ...model, range: [0.5, Math.max(curves.columns.size, 1) + 0.5] as const }),
    [model, curves],
  );
  const look = useMemo<ChartLook>(
    () => ({
      formatX: (x) => (x === 0 ? t("grid") : lapText(t, x)),
      formatY: (place) => `P${place}`,
      upsideDown: true,
      ticks: [1, 5, 10, 15, 20],
      stepsX: [1, 2, 5, 10, 20],
    }),
    [t],
  );
  return (
    <ChartFrame
      title={t("layout:panels.lap-chart")}
      model={ranged}
      look={look}
      testId="lap-chart"
      empty={useEmptyText()}
    >
      <ChooseDrivers setting="drivers" />
      <ChooseReach />
    </ChartFrame>
  );
}

function parsePlaces(key: string): Map<number, number> {
  const pairs = key === "" ? [] : key.split(",").map((pair) => pair.split(":").map(Number));
  return new Map(pairs.map(([number = 0, place = 0]) => [number, place]));
}
