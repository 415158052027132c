import i18next from "i18next";
import type { Command } from "../keys/commands";
import { chooseLayout } from "../layout/layoutStore";
import { LAYOUTS } from "../layout/presets";
import type { Race } from "../live/race";
import type { Control } from "../live/usePlayback";
import type { words as english } from "../locales/en";
import { go } from "../sessions/follow";
import { toggleFavourite } from "../settings/favourites";
import { leaderOf, orderOf } from "../ui/order";
import { type Page, switchTheme } from "../ui/page";
import { neighbour } from "./neighbour";

type Name = keyof typeof english.keys.command;

/** Told anew each time: the language may have changed. */
const title = (name: Name) => (): string => i18next.t(`command.${name}`, { ns: "keys" });

/** What keys do on this page, but for time. */
export function pageCommands(race: Race, page: Page, control: Control): Command[] {
  return [...driverCommands(race, page), ...layoutCommands(page), ...plainCommands(page, control)];
}

function driverCommands({ store }: Race, page: Page): Command[] {
  const order = (): number[] => {
    const { state } = store.getState();
    return state === undefined ? [] : [...orderOf(state)];
  };
  const current = (): number | undefined => {
    const { state } = store.getState();
    return page.getState().selectedDriver ?? (state && leaderOf(state));
  };
  const select = (step: 1 | -1) => (): void =>
    page.setState({ selectedDriver: neighbour(order(), current(), step) });
  const favour = (): void => {
    const driver = current();
    if (driver !== undefined) toggleFavourite(driver);
  };
  const own = { group: "drivers" } as const;
  const unfocused = { ...own, onlyUnfocused: true };
  return [
    { ...own, id: "next", keys: ["j"], title: title("next"), run: select(1) },
    { ...own, id: "previous", keys: ["k"], title: title("previous"), run: select(-1) },
    { ...unfocused, id: "down", keys: ["ArrowDown"], title: title("next"), run: select(1) },
    {
      ...unfocused,
      id: "up",
      keys: ["ArrowUp"],
      title: title("previous"),
      run: select(-1),
    },
    { ...own, id: "favourite", keys: ["s"], title: title("favourite"), run: favour },
    {
      ...own,
      id: "unselect",
      keys: ["u"],
      title: title("unselect"),
      run: () => page.setState({ selectedDriver: undefined }),
    },
  ];
}

function layoutCommands(page: Page): Command[] {
  const own = { group: "layout" } as const;
  const presets = LAYOUTS.map((layout, index) => ({
    ...own,
    id: `layout-${layout}`,
    keys: [String(index + 1)],
    title: () => i18next.t(`presets.${layout}`, { ns: "layout" }),
    run: () => {
      page.setState({ editing: false });
      chooseLayout(layout);
    },
  }));
  const edit = (): void => {
    chooseLayout("board");
    page.setState(({ editing }) => ({ editing: !editing }));
  };
  return [
    ...presets,
    { ...own, id: "edit-board", keys: ["e"], title: title("editBoard"), run: edit },
    { ...own, id: "panel", keys: ["p"], title: title("panel"), run: () => focusArea(1) },
    {
      ...own,
      id: "panel-before",
      keys: ["Shift+P"],
      title: title("previousPanel"),
      run: () => focusArea(-1),
    },
  ];
}

function plainCommands(page: Page, control: Control): Command[] {
  const own = { group: "page" } as const;
  const to = (link: string) => (): void => go(link, control, page);
  const open = (dialog: "keys" | "settings") => (): void => page.setState({ dialog });
  return [
    { ...own, id: "keys", keys: ["[Shift]+?"], title: title("keys"), run: open("keys") },
    {
      ...own,
      id: "settings",
      keys: [","],
      title: title("settings"),
      run: open("settings"),
    },
    {
      ...own,
      id: "theme",
      keys: ["t"],
      title: title("theme"),
      run: () => switchTheme(page),
    },
    { ...own, id: "fullscreen", keys: ["f"], title: title("fullscreen"), run: fullscreen },
    { ...own, id: "go-race", keys: ["g r"], title: title("race"), run: to("/") },
    {
      ...own,
      id: "go-sessions",
      keys: ["g s"],
      title: title("sessions"),
      run: to("/sessions"),
    },
    {
      ...own,
      id: "go-schedule",
      keys: ["g c"],
      title: title("schedule"),
      run: to("/schedule"),
    },
  ];
}

/** Give the focus to the next area: to its tabs, where it has some. */
function focusArea(step: 1 | -1): void {
  const areas = [...document.querySelectorAll<HTMLElement>("#main [data-area]")];
  const at = areas.findIndex((area) => area.contains(document.activeElement));
  const start = at < 0 && step < 0 ? 0 : at;
  const area = areas[(start + step + areas.length) % areas.length];
  (area?.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]') ?? area)?.focus();
}

function fullscreen(): void {
  const done = document.fullscreenElement
    ? document.exitFullscreen()
    : document.documentElement.requestFullscreen();
  done.catch(() => {}); // refused by the browser: nothing to do about it
}
