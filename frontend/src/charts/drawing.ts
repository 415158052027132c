import type { Line, Mark, Note } from "./model";
import type { Palette } from "./palette";
import type { PlacedEnd } from "./placeEnds";
import type { Span } from "./spans";

/** Where a chart's plot lies on its canvas, and how values get there; all in canvas pixels. */
export interface Plot {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Canvas pixels of a CSS pixel. */
  ratio: number;
  toX: (x: number) => number;
  toY: (y: number) => number;
}

const SPAN_ALPHA = 0.13;

/** Shade stretches under flags, each with its letters unless those before it are in the way. */
export function drawSpans(
  context: CanvasRenderingContext2D,
  plot: Plot,
  spans: readonly Span[],
  palette: Palette,
): void {
  const right = plot.left + plot.width;
  let written = plot.left;
  context.font = font(palette, 700, 0.6875, plot.ratio);
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const { from, to, look, letter } of spans) {
    const start = Math.max(plot.left, plot.toX(from));
    const width = Math.min(right, plot.toX(to)) - start;
    if (width <= 0) continue;
    context.globalAlpha = SPAN_ALPHA;
    context.fillStyle = palette.spans[look];
    context.fillRect(start, plot.top, width, plot.height);
    context.globalAlpha = 1;
    context.fillRect(start, plot.top, width, 2 * plot.ratio);
    const middle = start + width / 2;
    const half = context.measureText(letter).width / 2;
    if (middle - half < written) continue;
    written = middle + half + plot.ratio;
    context.fillStyle = palette.dim;
    context.fillText(letter, middle, plot.top + 4 * plot.ratio);
  }
}

/** Write words along the top, each over a hairline. */
export function drawNotes(
  context: CanvasRenderingContext2D,
  plot: Plot,
  notes: readonly Note[],
  palette: Palette,
): void {
  context.font = font(palette, 600, 0.6875, plot.ratio);
  context.textAlign = "center";
  context.textBaseline = "bottom";
  let end = Number.NEGATIVE_INFINITY;
  for (const { x, text } of notes) {
    const at = plot.toX(x);
    const half = context.measureText(text).width / 2;
    context.fillStyle = palette.line;
    context.fillRect(at, plot.top, plot.ratio, plot.height);
    if (at - half < end) continue;
    context.fillStyle = palette.dim;
    context.fillText(text, at, plot.top - plot.ratio);
    end = at + half + 2 * plot.ratio;
  }
}

/** Write the names at the ends of the lines, each after a dash in the line's colour, broken where the line is. */
export function drawEnds(
  context: CanvasRenderingContext2D,
  plot: Plot,
  ends: readonly PlacedEnd[],
  lines: ReadonlyMap<string, Line>,
  palette: Palette,
): void {
  const left = plot.left + plot.width + 3 * plot.ratio;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const { key, placedY, weight } of ends) {
    const line = lines.get(key);
    if (line === undefined) continue;
    context.fillStyle = line.colour;
    const height = (line.dashed ? 3 : 8) * plot.ratio;
    context.fillRect(left, placedY - 4 * plot.ratio, 3 * plot.ratio, height);
    if (line.dashed) context.fillRect(left, placedY + plot.ratio, 3 * plot.ratio, height);
    context.font = font(palette, weight === "strong" ? 800 : 600, 0.75, plot.ratio);
    context.fillStyle = weight === "strong" ? palette.text : palette.dim;
    context.fillText(line.label, left + 6 * plot.ratio, placedY);
  }
}

/** Mark where a line stops before the end, with its name. */
export function drawStop(
  context: CanvasRenderingContext2D,
  { ratio }: Plot,
  at: { x: number; y: number },
  line: Line,
  palette: Palette,
): void {
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = font(palette, 600, 0.6875, ratio);
  context.fillStyle = palette.dim;
  context.fillText(`× ${line.label}`, at.x - 2 * ratio, at.y);
}

/** Draw a point as a disc with a letter, as a ring when it tells nothing of pace, or small where letters would crowd. */
export function drawMark(
  context: CanvasRenderingContext2D,
  { ratio }: Plot,
  at: { x: number; y: number },
  mark: Mark,
  palette: Palette,
  lettered: boolean,
): void {
  const colour = palette.tyres[mark.letter] ?? palette.dim;
  const radius = (lettered ? 6 : 2.5) * ratio;
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, Math.PI * 2);
  context.fillStyle = mark.hollow || lettered ? palette.ground : colour;
  context.fill();
  context.lineWidth = (mark.hollow ? 1 : 1.75) * ratio;
  context.strokeStyle = colour;
  context.setLineDash(mark.hollow ? [2 * ratio, 2 * ratio] : []);
  context.stroke();
  context.setLineDash([]);
  if (!lettered) return;
  context.font = font(palette, 800, 0.5625, ratio);
  context.fillStyle = mark.hollow ? palette.dim : palette.text;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(mark.letter, at.x, at.y + 0.5 * ratio);
}

export function font(palette: Palette, weight: number, rem: number, ratio: number): string {
  return `${weight} ${rem * palette.rem * ratio}px ${palette.face}`;
}
