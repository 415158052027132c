import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Chart.module.css";
import { ChartFrame } from "./ChartFrame";
import { ChooseDrivers, ChooseReach } from "./Choose";
import { chartSettings, useChartSettings } from "./chartSettings";
import { lapTimesModel } from "./lapTimesModel";
import type { ChartLook } from "./model";
import { lapText, lapTimeText } from "./text";
import { useEntrants, useField, useGrid, useSpans } from "./useRaceCharts";
import { useSlowly } from "./useSlowly";

const NONE = {};

/** Lap times over laps, with the tyres they were driven on. */
export function LapTimes() {
  const { t } = useTranslation(["charts", "layout"]);
  const field = useField();
  const spans = useSpans(useGrid(1));
  const stints = useSlowly((state) => state.stints) ?? NONE;
  const pitStops = useSlowly((state) => state.pitStops) ?? NONE;
  const periods = useSlowly((state) => state.trackPeriods) ?? NONE;
  const entrants = useEntrants(useChartSettings(({ lapTimeDrivers }) => lapTimeDrivers));
  const reachLaps = useChartSettings((settings) => settings.reachLaps);
  const allTimes = useChartSettings((settings) => settings.allTimes);
  const model = useMemo(
    () =>
      lapTimesModel(field, { stints, pitStops, periods }, entrants, spans, { reachLaps, allTimes }),
    [field, stints, pitStops, periods, entrants, spans, reachLaps, allTimes],
  );
  const look = useMemo<ChartLook>(
    () => ({
      formatX: (x) => lapText(t, x),
      formatY: lapTimeText,
      stepsX: [1, 2, 5, 10, 20],
      steps: [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600],
    }),
    [t],
  );
  return (
    <ChartFrame
      title={t("layout:panels.lap-times")}
      model={model}
      look={look}
      testId="lap-times"
      empty={t("noLaps")}
    >
      <button
        type="button"
        className={styles.control}
        aria-pressed={allTimes}
        title={t("slowLapsTitle")}
        onClick={() => chartSettings.setState({ allTimes: !allTimes })}
      >
        {t("slowLaps")}
      </button>
      <ChooseDrivers setting="lapTimeDrivers" />
      <ChooseReach />
    </ChartFrame>
  );
}
