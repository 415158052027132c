import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { PANELS, type PanelName } from "../panels/panels";
import { rankedByTime } from "../ui/order";

/** Stands for all panels that no area of the preset names. */
const REST = "*";

/** A place of the screen by the name that the style sheet places it by. */
export interface AreaPlan {
  name: string;
  /** Panels of which one is shown; the others are behind tabs. */
  panels: readonly PanelName[];
  /** Panel that stays under them. */
  foot?: PanelName;
}

interface Plan {
  name: string;
  panels: readonly string[];
  foot?: PanelName;
}

const MAP: Plan = { name: "map", panels: ["map"], foot: "weather" };
const TOWER: Plan = { name: "race", panels: ["leaderboard"] };
const CONTROL: Plan = {
  name: "control",
  panels: ["control", "radio", "events", "weather-history"],
};
const DRIVER: Plan = { name: "driver", panels: ["driver", "standings-now", REST] };

/** Arrangements by name; names are kept, so they never change. Titles are `layout:presets.<name>`. */
const PLANS = {
  race: [TOWER, MAP, CONTROL, DRIVER],
  qualifying: [TOWER, MAP, CONTROL, DRIVER],
  mapWall: [MAP, TOWER, CONTROL],
  timingWall: [TOWER, CONTROL, DRIVER],
} as const satisfies Record<string, readonly Plan[]>;

export type PresetName = keyof typeof PLANS;
export const PRESET_NAMES = Object.keys(PLANS) as PresetName[];

/** What can be chosen: an arrangement, the one that fits the session, or the viewer's own board. */
export const LAYOUTS = ["auto", ...PRESET_NAMES, "board"] as const;
export type LayoutName = (typeof LAYOUTS)[number];

export const isPanel = (name: string): name is PanelName => Object.hasOwn(PANELS, name);

/** Answer the areas of a preset; names that no panel has are left out. */
export function areasOf(preset: PresetName): AreaPlan[] {
  const plans: readonly Plan[] = PLANS[preset];
  const named = plans.flatMap(({ panels, foot }) => [...panels, foot ?? ""]);
  const rest = Object.keys(PANELS).filter((name) => !named.includes(name));
  return plans.map((plan) => ({
    ...plan,
    panels: plan.panels.flatMap((name) => (name === REST ? rest : name)).filter(isPanel),
  }));
}

/** Pick the arrangement: by choice, else by what ranks in the session. */
export function presetFor(
  chosen: Exclude<LayoutName, "board">,
  state: RaceState | undefined,
): PresetName {
  if (chosen !== "auto") return chosen;
  return state !== undefined && rankedByTime(state) ? "qualifying" : "race";
}

/** Panels of a phone's pages; all others are under "more". */
export const PHONE_PAGES = {
  race: [TOWER],
  map: [MAP],
  control: [CONTROL],
  driver: [{ name: "driver", panels: ["driver"] }],
} as const satisfies Record<string, readonly Plan[]>;

export type PhonePage = keyof typeof PHONE_PAGES;

/** Answer what a phone's page shows. */
export function phonePage(page: PhonePage): AreaPlan {
  const plan: Plan = PHONE_PAGES[page][0];
  return { ...plan, panels: plan.panels.filter(isPanel) };
}

/** Answer the panels that no page of a phone shows. */
export function phoneRest(): PanelName[] {
  const plans = Object.values(PHONE_PAGES).flat() as Plan[];
  const named = plans.flatMap(({ panels, foot }) => [...panels, foot ?? ""]);
  return Object.keys(PANELS)
    .filter(isPanel)
    .filter((name) => !named.includes(name));
}
