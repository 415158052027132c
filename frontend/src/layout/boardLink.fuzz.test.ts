import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { anyJson, fuzzed } from "../fuzzing";
import { boardFromHash, boardToHash } from "./boardLink";
import { type Board, boardSchema, COLUMNS } from "./boards";

const number = fc.oneof(fc.integer({ min: -2, max: 100 }), fc.double());
const packed = fc.oneof(
  anyJson("name", "tiles"),
  fc.tuple(fc.string(), fc.array(fc.tuple(fc.string(), number, number, number, number))),
);
const base64 = (text: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** Whatever a link holds, what is taken from it is a board. */
function isBoardOrRefused(hash: string): void {
  const taken = boardFromHash(hash);
  if (taken === "none" || taken === "bad") return;
  expect(v.is(boardSchema, taken)).toBe(true);
  expect(new Set(taken.tiles.map(({ panel }) => panel)).size).toBe(taken.tiles.length);
}

test("no link breaks the page or gets a board that is none", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        packed.map((one) => base64(JSON.stringify(one))),
      ),
      (text) => isBoardOrRefused(`#board=${text}`),
    ),
    fuzzed(400),
  );
});

test("no hash breaks the page", () => {
  fc.assert(
    fc.property(fc.string(), (text) => isBoardOrRefused(`#${text}`)),
    fuzzed(200),
  );
});

test("a board that went through a link once goes through it again unchanged", () => {
  const tile = fc
    .record({
      panel: fc.string({ maxLength: 40 }),
      x: fc.integer({ min: 0, max: COLUMNS - 2 }),
      y: fc.integer({ min: 0, max: 40 }),
      w: fc.integer({ min: 2, max: COLUMNS }),
      h: fc.integer({ min: 2, max: 20 }),
    })
    .map((one) => ({ ...one, w: Math.min(one.w, COLUMNS - one.x) }));
  const tiles = fc.uniqueArray(tile, { maxLength: 8, selector: ({ panel }) => panel });
  const name = fc.string({ minLength: 1, maxLength: 40 }).filter((one) => one.trim() !== "");
  fc.assert(
    fc.property(fc.record({ name, tiles }), (board: Board) => {
      const once = boardFromHash(boardToHash(board));
      if (once === "none" || once === "bad") throw new Error(`${once}: ${JSON.stringify(board)}`);
      expect(boardFromHash(boardToHash(once))).toEqual(once);
    }),
    fuzzed(150),
  );
});
