import type { Car } from "./cars";
import { circleOf, type GapScene, placeOf } from "./gapView";
import type { MapView } from "./mapSettings";
import type { Palette } from "./palette";
import type { Rectangle } from "./placeLabels";
import type { Size } from "./projection";

export interface GapsDrawing {
  view: MapView;
  scene: GapScene;
  size: Size;
  palette: Palette;
  unit: number;
}

const MARK_SECONDS = [0, 10, 20, 30, 40, 50, 60, 80, 100];

/** Draw what stands still in a view of gaps: the line or the circle, with seconds behind the leader along it. */
export function drawGapAxis(context: CanvasRenderingContext2D, drawing: GapsDrawing): Rectangle[] {
  const { view, scene, size, palette, unit } = drawing;
  context.lineWidth = 14 * unit;
  context.strokeStyle = palette.asphalt;
  context.lineCap = "round";
  context.beginPath();
  if (view === "circle") {
    const { x, y, radius } = circleOf(size);
    context.arc(x, y, radius, 0, Math.PI * 2);
  } else {
    const [from, to] = [0, scene.lapMillis].map((gap) => placeOf(view, gap, scene.lapMillis, size));
    context.moveTo(from?.x ?? 0, from?.y ?? 0);
    context.lineTo(to?.x ?? 0, to?.y ?? 0);
  }
  context.stroke();
  context.font = `600 ${12 * unit}px ${palette.face}`;
  context.fillStyle = palette.label;
  context.textAlign = "center";
  context.textBaseline = "middle";
  return MARK_SECONDS.filter((seconds) => seconds * 1000 < scene.lapMillis * 0.97).map((seconds) =>
    drawMark(context, drawing, seconds),
  );
}

function drawMark(
  context: CanvasRenderingContext2D,
  { view, scene, size, unit }: GapsDrawing,
  seconds: number,
): Rectangle {
  const at = placeOf(view, seconds * 1000, scene.lapMillis, size);
  if (view === "circle") {
    const { x, y, radius } = circleOf(size);
    const share = (radius - 24 * unit) / radius;
    at.x = x + (at.x - x) * share;
    at.y = y + (at.y - y) * share;
  } else at.y += 26 * unit;
  const text = seconds === 0 ? "0" : `+${seconds}`;
  context.fillText(text, at.x, at.y);
  return { left: at.x - 14, right: at.x + 14, top: at.y - 8, bottom: at.y + 8 };
}

/** How fast a dot glides to a new gap, per frame. */
const GLIDE = 0.12;

/** Keeps the gaps as drawn, so that cars glide to new ones. */
export type ShownGaps = Map<number, number>;

/** The cars of a view of gaps, for drawing as cars are drawn. Answers whether any of them still glides. */
export function gapCars(
  { view, scene, size }: GapsDrawing,
  shown: ShownGaps,
  still: boolean,
): { cars: Car[]; moving: boolean } {
  let moving = false;
  const cars = scene.cars.map((car) => {
    const held = shown.get(car.driverNumber) ?? car.gapMillis;
    const off = car.gapMillis - held;
    const jump = still || Math.abs(off) < 20 || Math.abs(off) > 20_000;
    const gap = jump ? car.gapMillis : held + off * GLIDE;
    moving ||= !jump;
    shown.set(car.driverNumber, gap);
    const { x, y } = placeOf(view, gap, scene.lapMillis, size);
    return { ...car, x, y, estimated: false, stale: false };
  });
  return { cars, moving };
}

/** Draw where the selected car comes out if it stops now, as long as its uncertainty. */
export function drawGapGhost(context: CanvasRenderingContext2D, drawing: GapsDrawing): void {
  const { view, scene, size, palette, unit } = drawing;
  const { ghost, lapMillis } = scene;
  if (ghost === undefined) return;
  const steps = 16;
  context.beginPath();
  for (let step = 0; step <= steps; step += 1) {
    const share = (step / steps) * 2 - 1;
    const gap = Math.max(0, ghost.gapMillis + share * ghost.uncertaintyMillis);
    const { x, y } = placeOf(view, gap, lapMillis, size);
    if (step === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
  context.lineWidth = 18 * unit;
  context.lineCap = "butt";
  context.globalAlpha = 0.35;
  context.strokeStyle = palette.ice;
  context.stroke();
  context.globalAlpha = 1;
  const at = placeOf(view, ghost.gapMillis, lapMillis, size);
  drawGhostRing(context, { palette, unit, ...at, text: `${ghost.code} P${ghost.position}` });
}

export interface GhostRing {
  palette: Palette;
  unit: number;
  x: number;
  y: number;
  text: string;
}

/** A dashed ring with its words: not a car, but where one would be. */
export function drawGhostRing(
  context: CanvasRenderingContext2D,
  { palette, unit, x, y, text }: GhostRing,
): void {
  context.setLineDash([3.2 * unit, 2 * unit]);
  context.beginPath();
  context.arc(x, y, 7.2 * unit, 0, Math.PI * 2);
  context.lineWidth = 2.2 * unit;
  context.strokeStyle = palette.ice;
  context.stroke();
  context.setLineDash([]);
  context.font = `800 ${13 * unit}px ${palette.face}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3 * unit;
  context.strokeStyle = palette.panel;
  context.strokeText(text, x, y + 20 * unit);
  context.fillStyle = palette.ice;
  context.fillText(text, x, y + 20 * unit);
}
