import { createPortal } from "react-dom";
import { Leaderboard } from "../leaderboard/Leaderboard";
import { usePage } from "../ui/page";

/** The leaderboard in a window that stays on top of all others. */
export function PopOut() {
  const opened = usePage(({ popOut }) => popOut);
  return opened && createPortal(<Leaderboard />, opened.document.body);
}
