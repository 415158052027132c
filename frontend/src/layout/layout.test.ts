import { beforeEach, expect, test } from "vitest";
import { FIXTURES } from "../fixtures/fixtures";
import { PANELS } from "../panels/panels";
import { resetChoices } from "../settings/keptStore";
import { boardFromHash, boardToHash } from "./boardLink";
import { addTile, firstBoard, nudge, settle } from "./boards";
import { addBoard, boardOf, changeBoard, layouts, removeBoard } from "./layoutStore";
import { areasOf, PRESET_NAMES, phoneRest, presetFor } from "./presets";
import { nextIndex } from "./Tabbed";

beforeEach(() => resetChoices());

const packed = (value: unknown) => `#board=${btoa(JSON.stringify(value)).replace(/=+$/, "")}`;

test("a board goes through a link and comes back, umlauts and all", () => {
  const board = { ...firstBoard("Großer Preis 日本"), tiles: firstBoard().tiles.slice(0, 3) };
  const hash = boardToHash(board);
  expect(hash).toMatch(/^#board=[\w-]+$/);
  expect(boardFromHash(hash)).toEqual(board);
});

test.each([
  ["not base64", "#board=%%%"],
  ["not JSON", `#board=${btoa("{")}`],
  ["another shape", packed({ name: "x" })],
  ["a tile beyond the board", packed(["x", [["map", 20, 0, 12, 4]]])],
  ["a tile without size", packed(["x", [["map", 0, 0, 0, 4]]])],
  ["half a column", packed(["x", [["map", 0.5, 0, 4, 4]]])],
  ["no name", packed([" ", []])],
  ["far too long", `#board=${"A".repeat(5000)}`],
])("a link with %s is bad, not an error", (_, hash) => {
  expect(boardFromHash(hash)).toBe("bad");
});

test("an address without a board has none", () => {
  expect(boardFromHash("")).toBe("none");
  expect(boardFromHash("#main")).toBe("none");
});

test("tiles of a link that lie on each other are put apart", () => {
  const board = boardFromHash(
    packed([
      "x",
      [
        ["map", 0, 0, 8, 4],
        ["control", 4, 2, 8, 4],
      ],
    ]),
  );
  expect(board).toMatchObject({ tiles: [{ y: 0 }, { panel: "control", y: 4 }] });
});

test("a tile that is moved stays on the board, and others make way", () => {
  const { tiles } = firstBoard();
  const moved = nudge(tiles, "map", { x: -1 });
  expect(moved.find(({ panel }) => panel === "map")).toMatchObject({ x: 14, y: 0 });
  expect(moved.find(({ panel }) => panel === "leaderboard")?.y).toBe(12);
  expect(settle(moved)).toEqual(moved);
  expect(nudge(tiles, "leaderboard", { x: -1, y: -1 })).toEqual(tiles);
  expect(nudge(tiles, "map", { w: 99 }).find(({ panel }) => panel === "map")?.x).toBe(0);
});

test("a panel is on a board once, and comes below the others", () => {
  const { tiles } = firstBoard();
  expect(addTile(tiles, "map")).toEqual(tiles);
  expect(addTile(tiles, "x").at(-1)).toMatchObject({ panel: "x", y: 24 });
});

test("boards are kept by name, the same board is not kept twice, the last one gone leaves the first", () => {
  changeBoard((board) => ({ ...board, name: "mine" }));
  addBoard(firstBoard("other"));
  addBoard(firstBoard("other"));
  expect(layouts.getState()).toMatchObject({ layout: "board", board: 1 });
  expect(layouts.getState().boards.map(({ name }) => name)).toEqual(["mine", "other"]);
  removeBoard();
  removeBoard();
  expect(boardOf(layouts.getState())).toEqual(firstBoard());
});

test("the arrangement follows the session until one is chosen", () => {
  const state = (name: string) => FIXTURES[name]?.().state;
  expect(presetFor("auto", state("race"))).toBe("race");
  expect(presetFor("auto", state("qualifying"))).toBe("qualifying");
  expect(presetFor("auto", undefined)).toBe("race");
  expect(presetFor("mapWall", state("qualifying"))).toBe("mapWall");
});

test("on race screens and on phones every panel can be reached, each in one place", () => {
  for (const preset of PRESET_NAMES) {
    const named = areasOf(preset).flatMap(({ panels, foot }) => [
      ...panels,
      ...(foot ? [foot] : []),
    ]);
    expect(new Set(named).size).toBe(named.length);
  }
  const race = areasOf("race").flatMap(({ panels, foot }) => [...panels, foot ?? ""]);
  expect(Object.keys(PANELS).filter((name) => !race.includes(name))).toEqual([]);
  expect(phoneRest()).not.toContain("leaderboard");
});

test("arrows go round the tabs, Home and End to their ends, other keys nowhere", () => {
  expect(
    ["ArrowRight", "ArrowLeft", "Home", "End", "j"].map((key) => nextIndex(key, 3, 2)),
  ).toEqual([0, 1, 0, 2, -1]);
});
