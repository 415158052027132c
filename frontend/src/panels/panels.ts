import { type ComponentType, lazy } from "react";
import { Leaderboard } from "../leaderboard/Leaderboard";
import { isPhone } from "../ui/usePhone";
import { Weather } from "../weather/Weather";

/** A part of the page that can be placed anywhere: it fills the room it is given and takes no props. */
export type Panel = ComponentType;

/** Load a panel when it is first shown. */
export const later = (load: () => Promise<Panel>): Panel =>
  lazy(async () => ({ default: await load() }));

/** Load a panel beside the page itself: where there is room it is on the first screen. */
function beside(load: () => Promise<Panel>): Panel {
  const coming = isPhone() ? undefined : load();
  coming?.catch(() => {}); // told by the panel, where it is shown
  return later(() => coming ?? load());
}

/** Panels by name; names are kept in layouts, so they never change. Titles are `layout:panels.<name>`. */
export const PANELS = {
  leaderboard: Leaderboard,
  map: beside(() => import("../track-map/TrackMap").then((m) => m.TrackMap)),
  control: beside(() => import("../race-control/RaceControl").then((m) => m.RaceControl)),
  driver: later(() => import("../driver-panel/DriverPanel").then((m) => m.DriverPanel)),
  weather: Weather,
  "lap-chart": later(() => import("../charts/LapChart").then((m) => m.LapChart)),
  "gap-chart": later(() => import("../charts/GapChart").then((m) => m.GapChart)),
  "race-trace": later(() => import("../charts/RaceTrace").then((m) => m.RaceTrace)),
  "lap-times": later(() => import("../charts/LapTimes").then((m) => m.LapTimes)),
  strategy: later(() => import("../charts/StrategyChart").then((m) => m.StrategyChart)),
  "head-to-head": later(() => import("../charts/HeadToHead").then((m) => m.HeadToHead)),
  "weather-history": later(() =>
    import("../weather/WeatherHistory").then((module) => module.WeatherHistory),
  ),
  radio: later(() => import("../radio/RadioPanel").then((module) => module.RadioPanel)),
  events: later(() => import("../events/EventsPanel").then((module) => module.EventsPanel)),
  "standings-now": later(() =>
    import("../standings-now/StandingsPanel").then((module) => module.StandingsPanel),
  ),
} as const satisfies Record<string, Panel>;

export type PanelName = keyof typeof PANELS;
