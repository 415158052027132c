import * as v from "valibot";
import { useStore } from "zustand";
import { keptStore } from "../settings/keptStore";
import { type Board, boardSchema, firstBoard } from "./boards";
import { LAYOUTS, type LayoutName } from "./presets";

const schema = v.object({
  layout: v.picklist(LAYOUTS),
  /** The panel shown in each area that has several. */
  tabs: v.record(v.string(), v.string()),
  boards: v.pipe(v.array(boardSchema), v.maxLength(20)),
  /** Which of the boards is shown. */
  board: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

export type LayoutChoices = v.InferOutput<typeof schema>;

/** How the viewer wants the screen to be arranged. */
export const layouts = keptStore("layout", schema, {
  layout: "auto",
  tabs: {},
  boards: [],
  board: 0,
});

export const useLayout = <T>(select: (chosen: LayoutChoices) => T): T => useStore(layouts, select);

export const chooseLayout = (layout: LayoutName): void => layouts.setState({ layout });

export function chooseTab(area: string, panel: string): void {
  layouts.setState(({ tabs }) => ({ tabs: { ...tabs, [area]: panel } }));
}

/** Answer the board that is shown; one like the race's arrangement until there is one. */
export function boardOf({ boards, board }: LayoutChoices): Board {
  return boards[board] ?? boards[0] ?? FIRST;
}

const FIRST = firstBoard();

/** Put another in the place of the board that is shown. */
export function changeBoard(change: (board: Board) => Board): void {
  layouts.setState((chosen) => {
    const changed = change(boardOf(chosen));
    const boards = chosen.boards.length === 0 ? [changed] : [...chosen.boards];
    const board = Math.min(chosen.board, boards.length - 1);
    boards[board] = changed;
    return { boards, board };
  });
}

/** Keep one more board and show it; one that is there already is only shown. */
export function addBoard(added: Board): void {
  layouts.setState(({ boards }) => {
    const same = boards.findIndex((board) => JSON.stringify(board) === JSON.stringify(added));
    if (same >= 0) return { layout: "board", board: same };
    const kept = boards.slice(-19);
    return { layout: "board", boards: [...kept, added], board: kept.length };
  });
}

export function removeBoard(): void {
  layouts.setState((chosen) => ({
    boards: chosen.boards.filter((board) => board !== boardOf(chosen)),
    board: 0,
  }));
}
