import { createContext, useContext } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import { parseRoute, type Route } from "../sessions/route";
import { choices } from "../settings/choices";
import { keptTheme } from "../settings/theme";
import type { Theme } from "./teamColour";

/** Panels of a phone; under "more" are all others. */
export type Tab = "race" | "map" | "control" | "driver" | "more";

export type DialogName = "settings" | "keys" | "room";

/** What the viewer chose on this page; nothing of the race. */
export interface PageState {
  /** Driver chosen; unset follows the leader. */
  selectedDriver: number | undefined;
  /** Panel shown on a phone. */
  tab: Tab;
  /** Panel shown under "more"; unset for the list of them. */
  more: string | undefined;
  /** The dialog that is open. */
  dialog: DialogName | undefined;
  /** Whether the board is being changed. */
  editing: boolean;
  theme: Theme;
  /** What the address says. */
  route: Route;
  /** Window that stays on top, while it is open. */
  popOut: Window | undefined;
}

export type Page = StoreApi<PageState>;

export function createPage(initial: Partial<PageState> = {}): Page {
  return createStore<PageState>(() => ({
    selectedDriver: undefined,
    tab: "race",
    route: parseRoute("/"),
    more: undefined,
    dialog: undefined,
    popOut: undefined,
    editing: false,
    theme: keptTheme(),
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
  choices.setState({ theme });
}
