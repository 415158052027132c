import i18next from "i18next";
import { createRoot } from "react-dom/client";
import { listenToKeys, registerCommands } from "../keys/commands";
import { boardFromHash } from "../layout/boardLink";
import { addBoard } from "../layout/layoutStore";
import type { Race } from "../live/race";
import type { Control } from "../live/usePlayback";
import { followChoices } from "../settings/followChoices";
import { keepAwake } from "../settings/wakeLock";
import { timeCommands } from "../time/commands";
import { setOnTop } from "../ui/inSight";
import type { Page } from "../ui/page";
import { App } from "./App";
import { pageCommands } from "./commands";
import { tell } from "./notice";
import { followTitle } from "./title";

/** Show the page, in the viewer's language from the first stroke on. */
export async function start(race: Race, page: Page, control: Control): Promise<void> {
  await followChoices(page);
  registerCommands([...timeCommands(control.playback), ...pageCommands(race, page, control)]);
  listenToKeys();
  page.subscribe(({ popOut }) => setOnTop(popOut !== undefined));
  keepAwake();
  followTitle(race, () => control.playback.store.getState().spoilerFree);
  takeBoard();
  window.addEventListener("hashchange", takeBoard);
  const root = document.getElementById("root");
  if (root !== null) createRoot(root).render(<App race={race} page={page} control={control} />);
}

/** Take a board that came with the link, and take it out of the address. */
function takeBoard(): void {
  const board = boardFromHash(location.hash);
  if (board === "none") return;
  history.replaceState(null, "", location.pathname + location.search);
  const t = i18next.getFixedT(null, "layout");
  if (board === "bad") {
    tell({ text: t("board.badLink") });
    return;
  }
  addBoard(board);
  tell({ text: t("board.taken", { name: board.name }) });
}
