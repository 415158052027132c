import { createContext, useContext } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import { parseRoute, type Route } from "../sessions/route";
import type { Theme } from "./teamColour";

export type Tab = "race" | "map" | "control" | "driver";

/** What the viewer chose on this page; nothing of the race. */
export interface PageState {
  /** Driver chosen; unset follows the leader. */
  selectedDriver: number | undefined;
  /** Panel shown on a phone. */
  tab: Tab;
  theme: Theme;
  /** What the address says. */
  route: Route;
  /** Dialog that is open. */
  dialog: "room" | undefined;
  /** Window that stays on top, while it is open. */
  popOut: Window | undefined;
}

export type Page = StoreApi<PageState>;

const THEME_KEY = "racetime.theme";

export function createPage(initial: Partial<PageState> = {}): Page {
  return createStore<PageState>(() => ({
    selectedDriver: undefined,
    tab: "race",
    route: parseRoute("/"),
    dialog: undefined,
    popOut: undefined,
    theme: keptTheme() ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark"),
    ...initial,
  }));
}

export const PageContext = createContext<Page | undefined>(undefined);

export function usePageStore(): Page {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error("no page above this component");
  return page;
}

export function usePage<T>(select: (page: PageState) => T): T {
  return useStore(usePageStore(), select);
}

export function selectDriver(page: Page, driverNumber: number): void {
  page.setState(({ selectedDriver }) => ({
    selectedDriver: selectedDriver === driverNumber ? undefined : driverNumber,
  }));
}

export function switchTheme(page: Page): void {
  const theme = page.getState().theme === "dark" ? "light" : "dark";
  page.setState({ theme });
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Storage may be refused; then the choice lasts as long as the page.
  }
}

function keptTheme(): Theme | undefined {
  try {
    const kept = localStorage.getItem(THEME_KEY);
    return kept === "dark" || kept === "light" ? kept : undefined;
  } catch {
    return undefined;
  }
}
