import type { Control } from "../live/usePlayback";
import { keptKey } from "../rooms/calls";
import type { Page } from "../ui/page";
import { parseRoute, type RaceRoute, type Route } from "./route";

/** Show what the address says, now and whenever it changes. Answers how to stop. */
export function followAddress(control: Control, page: Page): () => void {
  const follow = (): void =>
    void show(parseRoute(location.pathname, location.search), control, page);
  follow();
  window.addEventListener("popstate", follow);
  return () => window.removeEventListener("popstate", follow);
}

/** Show a route: a list beside the race leaves the race alone. */
export async function show(route: Route, control: Control, page: Page): Promise<void> {
  page.setState({ route });
  const { sessions, playback } = control;
  if (route.page !== "race") return void sessions.refresh();
  if (route.room !== undefined) {
    playback.open(undefined); // until the room has told where it is
    return control.room.join(route.room, keptKey(route.room));
  }
  if (route.drivers.length > 0) page.setState({ selectedDriver: route.drivers[0] });
  // Where an archived session begins, and how its log counts time, is in the list.
  const list = sessions.refresh();
  if (route.sessionKey !== undefined) await list;
  if (page.getState().route !== route) return;
  playback.open(route.sessionKey, offsetOf(route, control), route.spoilerFree);
}

function offsetOf({ atMillis, sessionKey }: RaceRoute, { sessions }: Control): number | undefined {
  const origin = sessions.originOf(sessionKey);
  return atMillis === undefined || origin === undefined ? undefined : atMillis - origin;
}

/** Go to an address of this page without loading it anew. */
export function go(link: string, control: Control, page: Page): void {
  history.pushState(null, "", link);
  void show(parseRoute(location.pathname, location.search), control, page);
}
