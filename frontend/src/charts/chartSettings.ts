import * as v from "valibot";
import { useStore } from "zustand";
import { keptStore } from "../settings/keptStore";

export const CHOICES = ["all", "top10", "favourites", "near"] as const;
/** Drivers that a chart shows. */
export type Choice = (typeof CHOICES)[number];

/** Laps that a chart goes back; 0 for all. */
export const REACHES = [0, 20, 10, 5] as const;

/** How the viewer wants charts to be. */
export const chartSettings = keptStore(
  "charts",
  v.object({
    drivers: v.picklist(CHOICES),
    lapTimeDrivers: v.picklist(CHOICES),
    reachLaps: v.picklist(REACHES),
    pace: v.picklist(["leader", "field"]),
    allTimes: v.boolean(),
    duel: v.pipe(v.array(v.pipe(v.number(), v.integer())), v.maxLength(3)),
  }),
  {
    drivers: "all",
    lapTimeDrivers: "near",
    reachLaps: 0,
    pace: "field",
    allTimes: false,
    duel: [],
  },
);

export type ChartSettings = ReturnType<typeof chartSettings.getState>;

export const useChartSettings = <T>(select: (settings: ChartSettings) => T): T =>
  useStore(chartSettings, select);
