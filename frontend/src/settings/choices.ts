import * as v from "valibot";
import { useStore } from "zustand";
import { LANGUAGES, type Language } from "../i18n/languages";
import { keptStore } from "./keptStore";

export const THEMES = ["auto", "dark", "light"] as const;
export const PALETTES = ["standard", "redGreen", "blueYellow", "contrast"] as const;
export const ZONES = ["circuit", "mine", "utc"] as const;
export const CLOCKS = ["h24", "h12"] as const;
export const MOTIONS = ["auto", "reduced"] as const;
export const TEXT_SIZES = ["small", "normal", "large", "larger"] as const;

export type Palette = (typeof PALETTES)[number];
export type Zone = (typeof ZONES)[number];
export type ClockFormat = (typeof CLOCKS)[number];

export const LANGUAGE_CHOICES = ["auto", ...(Object.keys(LANGUAGES) as Language[])] as const;

const schema = v.object({
  theme: v.picklist(THEMES),
  palette: v.picklist(PALETTES),
  language: v.picklist(LANGUAGE_CHOICES),
  zone: v.picklist(ZONES),
  clock: v.picklist(CLOCKS),
  motion: v.picklist(MOTIONS),
  textSize: v.picklist(TEXT_SIZES),
  wakeLock: v.boolean(),
});

export type Choices = v.InferOutput<typeof schema>;

/** What the viewer chose for the whole page; each part keeps its own besides. */
export const choices = keptStore("page", schema, {
  theme: "auto",
  palette: "standard",
  language: "auto",
  zone: "circuit",
  clock: "h24",
  motion: "auto",
  textSize: "normal",
  wakeLock: false,
});

export const useChoices = <T>(select: (chosen: Choices) => T): T => useStore(choices, select);
