import * as v from "valibot";

export const COLUMNS = 24;
/** Rows that fit on the screen; what is lower is scrolled to. */
export const ROWS = 24;
const LOWEST = 96;
const MOST_TILES = 24;

const whole = (low: number, high: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high));

const tileSchema = v.pipe(
  v.object({
    panel: v.pipe(v.string(), v.maxLength(40)),
    x: whole(0, COLUMNS - 1),
    y: whole(0, LOWEST),
    w: whole(2, COLUMNS),
    h: whole(2, LOWEST),
  }),
  v.check(({ x, w }) => x + w <= COLUMNS, "a tile reaches beyond the board"),
);

/** A panel on a board, in columns and rows. Each panel is on a board once at most. */
export type Tile = v.InferOutput<typeof tileSchema>;

export const boardSchema = v.object({
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(40)),
  tiles: v.pipe(v.array(tileSchema), v.maxLength(MOST_TILES)),
});

/** Panels that the viewer placed, under a name. */
export type Board = v.InferOutput<typeof boardSchema>;

/** Like the arrangement of a race. */
export function firstBoard(name = "1"): Board {
  return {
    name,
    tiles: [
      { panel: "leaderboard", x: 0, y: 0, w: 15, h: 24 },
      { panel: "map", x: 15, y: 0, w: 9, h: 12 },
      { panel: "weather", x: 15, y: 12, w: 9, h: 2 },
      { panel: "control", x: 15, y: 14, w: 4, h: 10 },
      { panel: "driver", x: 19, y: 14, w: 5, h: 10 },
    ],
  };
}

/** Change a tile's place or size by steps; it stays on the board, and what is in its way moves down. */
export function nudge(tiles: readonly Tile[], panel: string, step: Partial<Tile>): Tile[] {
  const tile = tiles.find((one) => one.panel === panel);
  if (tile === undefined) return [...tiles];
  const w = clamp(tile.w + (step.w ?? 0), 2, COLUMNS);
  const h = clamp(tile.h + (step.h ?? 0), 2, LOWEST);
  const x = clamp(tile.x + (step.x ?? 0), 0, COLUMNS - w);
  const y = clamp(tile.y + (step.y ?? 0), 0, LOWEST);
  return settle(tiles, { panel, x, y, w, h });
}

/** Put a panel where there is room below all others. */
export function addTile(tiles: readonly Tile[], panel: string): Tile[] {
  if (tiles.some((tile) => tile.panel === panel) || tiles.length >= MOST_TILES) return [...tiles];
  const y = Math.min(LOWEST, Math.max(0, ...tiles.map((tile) => tile.y + tile.h)));
  return [...tiles, { panel, x: 0, y, w: 12, h: 10 }];
}

/** Let no tile lie on another: `first` stays, the others go down until they are free. The order is kept. */
export function settle(tiles: readonly Tile[], first?: Tile): Tile[] {
  const placed = new Map<string, Tile>();
  if (first !== undefined) placed.set(first.panel, first);
  const byPlace = [...tiles].sort((one, other) => one.y - other.y || one.x - other.x);
  for (const tile of byPlace) {
    if (placed.has(tile.panel)) continue;
    let { y } = tile;
    for (let hit = hitBy({ ...tile, y }, placed); hit; hit = hitBy({ ...tile, y }, placed))
      y = hit.y + hit.h;
    placed.set(tile.panel, { ...tile, y: Math.min(y, LOWEST) });
  }
  const order = [...new Set(tiles.map(({ panel }) => panel))];
  return order.map((panel) => placed.get(panel) as Tile);
}

function hitBy(tile: Tile, placed: ReadonlyMap<string, Tile>): Tile | undefined {
  for (const other of placed.values()) if (overlaps(tile, other)) return other;
  return undefined;
}

function overlaps(one: Tile, other: Tile): boolean {
  return (
    one.x < other.x + other.w &&
    other.x < one.x + one.w &&
    one.y < other.y + other.h &&
    other.y < one.y + one.h
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
