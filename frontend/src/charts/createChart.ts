import "./plainLanguage";
import UPlot from "uplot";
import { drawEnds, drawMark, drawNotes, drawSpans, drawStop, type Plot } from "./drawing";
import { type ChartLook, type ChartModel, type Line, nearestLine, newestOf } from "./model";
import type { Palette } from "./palette";
import { type End, placeEnds } from "./placeEnds";
import { trimmed } from "./text";

/** A chart in a host element. */
export interface Chart {
  /** Show other values of the same lines. */
  update(model: ChartModel): void;
  resize(width: number, height: number): void;
  /** Draw the same again, as when the fonts have come. */
  redraw(): void;
  /** Put the crosshair on an index of x; unset takes it away. */
  point(index: number | undefined): void;
  destroy(): void;
}

/** Told where the crosshair is; both are unset when it is gone. */
export type OnPoint = (index: number | undefined, value: number | undefined) => void;

export interface ChartParts {
  host: HTMLElement;
  model: ChartModel;
  look: ChartLook;
  palette: Palette;
  onPoint: OnPoint;
  /** A line was clicked. */
  onPick: (key: string) => void;
}

const WIDTHS: Record<Line["weight"], number> = { thin: 1.25, plain: 1.75, strong: 2.75 };
const ENDS_REM = 2.75;
/** Cars that are not yet at the newest point have not stopped, in laps. */
const NEAR_END_LAPS = 2.4;
const NEAR_END_SHARE = 0.05;

/** Draw a model with uPlot; the chart is built once, and given other data from then on. */
export function createChart({
  host,
  model: first,
  look,
  palette,
  onPoint,
  onPick,
}: ChartParts): Chart {
  let model = first;
  const read = (): ChartModel => model;
  const options = optionsOf(read, look, palette, onPoint, sizeOf(host));
  const plot = new UPlot(options, dataOf(model), host);
  plot.over.addEventListener("click", () => {
    const { idx, top = -1 } = plot.cursor;
    if (typeof idx !== "number" || top < 0) return;
    const line = nearestLine(model, idx, plot.posToVal(top, "y"));
    if (line !== undefined) onPick(line.key);
  });
  return {
    update(next) {
      model = next;
      plot.setData(dataOf(next));
    },
    redraw: () => plot.redraw(false),
    resize: (width, height) => plot.setSize({ width, height }),
    point(index) {
      const x = index === undefined ? undefined : model.x[index];
      const left = x === undefined ? -10 : plot.valToPos(x, "x");
      plot.setCursor({ left, top: index === undefined ? -10 : plot.rect.height / 2 });
    },
    destroy: () => plot.destroy(),
  };
}

function sizeOf(host: HTMLElement): { width: number; height: number } {
  return { width: Math.max(host.clientWidth, 40), height: Math.max(host.clientHeight, 40) };
}

function dataOf({ x, lines }: ChartModel): UPlot.AlignedData {
  return [[...x], ...lines.map(({ values }) => [...values])];
}

function optionsOf(
  read: () => ChartModel,
  look: ChartLook,
  palette: Palette,
  onPoint: OnPoint,
  size: { width: number; height: number },
): UPlot.Options {
  const direction = look.upsideDown ? -1 : 1;
  return {
    ...size,
    padding: [look.noted ? palette.rem : 8, ENDS_REM * palette.rem, 0, 0],
    legend: { show: false },
    cursor: cursorOf(look),
    scales: {
      x: { time: false, range: (_, low, high) => [low, high > low ? high : low + 1] },
      y: { dir: direction, range: (_, low, high) => rangeOf(read(), low, high) },
    },
    axes: [
      { ...axisOf(palette, look.stepsX), size: 1.375 * palette.rem, values: written(look.formatX) },
      {
        ...axisOf(palette, look.steps),
        ...splitsOf(look),
        size: 2.75 * palette.rem,
        values: written(look.formatY),
      },
    ],
    series: [{}, ...read().lines.map(seriesOf)],
    hooks: {
      drawClear: [apart((plot) => drawSpans(plot.ctx, plotOf(plot), read().spans, palette))],
      draw: [
        apart((plot) => {
          drawNotes(plot.ctx, plotOf(plot), read().notes ?? [], palette);
          drawMarks(plot, read(), palette);
          nameEnds(plot, read(), palette);
        }),
      ],
      setCursor: [(plot) => tellPoint(plot, onPoint)],
    },
  };
}

/** uPlot remembers what it set on its context and does not set it again: leave it as it was. */
const apart =
  (draw: (plot: UPlot) => void) =>
  (plot: UPlot): void => {
    plot.ctx.save();
    draw(plot);
    plot.ctx.restore();
  };

function cursorOf({ syncKey }: ChartLook): UPlot.Cursor {
  return {
    y: false,
    drag: { setScale: false, x: false, y: false },
    points: { size: 6 },
    ...(syncKey !== undefined && { sync: { key: syncKey, setSeries: false } }),
  };
}

const written =
  (format: (value: number) => string) =>
  (_: UPlot, splits: number[]): string[] =>
    splits.map((value) => trimmed(format(value)));

function axisOf(palette: Palette, steps: readonly number[] | undefined): UPlot.Axis {
  return {
    stroke: palette.dim,
    font: `500 ${0.6875 * palette.rem}px ${palette.face}`,
    grid: { stroke: palette.line, width: 1 },
    ticks: { show: false },
    gap: 4,
    ...(steps !== undefined && { incrs: [...steps] }),
  };
}

function splitsOf({ ticks }: ChartLook): Pick<UPlot.Axis, "splits"> {
  if (ticks === undefined) return {};
  return { splits: (_plot, _axis, low, high) => ticks.filter((at) => at >= low && at <= high) };
}

function seriesOf({ colour, dashed, weight, bars, stepped, faint }: Line): UPlot.Series {
  const path = bars
    ? UPlot.paths.bars?.({ size: [0.7, 12] })
    : stepped
      ? UPlot.paths.stepped?.({ align: 1 })
      : undefined;
  return {
    stroke: colour,
    width: faint ? 1 : WIDTHS[weight],
    alpha: weight === "thin" || faint ? 0.55 : 1,
    spanGaps: true,
    points: { show: false },
    ...(bars && { fill: colour }),
    ...(dashed && !bars && { dash: [6, 4] }),
    ...(path !== undefined && { paths: path }),
  };
}

const PAD_SHARE = 0.03;

function rangeOf({ range }: ChartModel, low: number | null, high: number | null): [number, number] {
  if (range !== undefined) return [range[0], range[1]];
  if (low === null || high === null) return [0, 1];
  const pad = (high - low || 1) * PAD_SHARE;
  return [low - pad, high + pad];
}

function plotOf(plot: UPlot): Plot {
  return {
    ...plot.bbox,
    ratio: UPlot.pxRatio,
    toX: (x) => plot.valToPos(x, "x", true),
    toY: (y) => plot.valToPos(y, "y", true),
  };
}

/** Letters on the points of lines that stand out, or of all when they are few. */
const MOST_LETTERED = 3;

function drawMarks(plot: UPlot, { lines, x }: ChartModel, palette: Palette): void {
  const place = plotOf(plot);
  const bottom = place.top + place.height;
  for (const line of lines) {
    const lettered = lines.length <= MOST_LETTERED || line.weight === "strong";
    for (const [index, mark] of (line.marks ?? []).entries()) {
      const value = line.values[index];
      if (mark === undefined || typeof value !== "number") continue;
      const at = { x: place.toX(x[index] ?? 0), y: place.toY(value) };
      if (at.y >= place.top && at.y <= bottom)
        drawMark(plot.ctx, place, at, mark, palette, lettered);
    }
  }
}

/** Lines that go on to the end have their names in the margin; those that stop before it, where they stop. */
function nameEnds(plot: UPlot, model: ChartModel, palette: Palette): void {
  const place = plotOf(plot);
  const atEnd: End[] = [];
  const last = model.x.at(-1) ?? 0;
  const near = Math.max(NEAR_END_LAPS, NEAR_END_SHARE * (last - (model.x[0] ?? 0)));
  for (const { line, index, value } of newestOf(model)) {
    const y = place.toY(value);
    if (y < place.top || y > place.top + place.height) continue;
    const x = model.x[index] ?? 0;
    if (x < last - near) drawStop(plot.ctx, place, { x: place.toX(x), y }, line, palette);
    else atEnd.push({ key: line.key, weight: line.weight, y });
  }
  const spacing = 0.75 * palette.rem * place.ratio;
  const placed = placeEnds(atEnd, place.top, place.top + place.height, spacing);
  const lines = new Map(model.lines.map((line) => [line.key, line]));
  drawEnds(plot.ctx, place, placed, lines, palette);
}

function tellPoint(plot: UPlot, onPoint: OnPoint): void {
  const { idx, top = -1, left = -1 } = plot.cursor;
  if (typeof idx !== "number" || left < 0) onPoint(undefined, undefined);
  else onPoint(idx, top < 0 ? undefined : plot.posToVal(top, "y"));
}
