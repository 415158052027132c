import { type ComponentType, lazy } from "react";

/** A part of the settings, which takes no props. Load it when the settings are opened. */
export type Section = ComponentType;

export const section = (load: () => Promise<Section>): Section =>
  lazy(async () => ({ default: await load() }));

/** Parts of the settings in their order; titles are `settings:sections.<name>`. */
export const SECTIONS = {
  look: section(() => import("./Look").then((module) => module.Look)),
  language: section(() => import("./LanguageAndTime").then((module) => module.LanguageAndTime)),
  layout: section(() => import("../layout/LayoutSettings").then((module) => module.LayoutSettings)),
  favourites: section(() => import("./FavouritePicker").then((module) => module.FavouritePicker)),
  keep: section(() => import("./Keep").then((module) => module.Keep)),
} as const satisfies Record<string, Section>;

export type SectionName = keyof typeof SECTIONS;
