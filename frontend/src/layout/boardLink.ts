import * as v from "valibot";
import { type Board, boardSchema, settle } from "./boards";

const KEY = "board=";
/** No board is so long; what is longer is not read at all. */
const LONGEST = 4_000;

/** What a link holds: the name, and five values a tile. */
const packedSchema = v.tuple([
  v.string(),
  v.array(v.tuple([v.string(), v.number(), v.number(), v.number(), v.number()])),
]);

/** Write a board as the hash of a link, such as `#board=WyJ...`. */
export function boardToHash({ name, tiles }: Board): string {
  const packed = [name, tiles.map(({ panel, x, y, w, h }) => [panel, x, y, w, h])];
  const bytes = new TextEncoder().encode(JSON.stringify(packed));
  const text = btoa(String.fromCharCode(...bytes));
  return `#${KEY}${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** Read a board out of a hash: "none" where there is none, "bad" for one that makes no sense. */
export function boardFromHash(hash: string): Board | "none" | "bad" {
  if (!hash.startsWith(`#${KEY}`)) return "none";
  const text = hash.slice(KEY.length + 1);
  if (text.length > LONGEST) return "bad";
  try {
    const packed = v.parse(packedSchema, JSON.parse(decode(text)));
    const tiles = packed[1].map(([panel, x, y, w, h]) => ({ panel, x, y, w, h }));
    const board = v.parse(boardSchema, { name: packed[0], tiles });
    return { ...board, tiles: settle(board.tiles) };
  } catch {
    return "bad"; // not base64, not UTF-8, not JSON, or not a board
  }
}

function decode(text: string): string {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
