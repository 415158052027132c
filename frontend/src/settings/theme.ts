import type { Theme } from "../ui/teamColour";
import { type Choices, choices } from "./choices";

/** The theme that is meant by a choice: the system's own one for "auto". */
export function themeOf(chosen: Choices["theme"]): Theme {
  if (chosen !== "auto") return chosen;
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

export const keptTheme = (): Theme => themeOf(choices.getState().theme);

/** Whether things should cut instead of sliding. */
export function wantsLessMotion(): boolean {
  return (
    choices.getState().motion === "reduced" ||
    matchMedia("(prefers-reduced-motion: reduce)").matches
  );
}
