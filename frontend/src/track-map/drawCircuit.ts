import {
  type Circuit,
  CircuitBasis,
  type SectorFlag,
  SectorFlagKind,
} from "../gen/racetime/v1/track_pb";
import {
  centre,
  type Outline,
  outlineOf,
  outsideAt,
  pitLanePoints,
  pointAt,
  stretch,
} from "./outline";
import type { Palette } from "./palette";
import type { Rectangle } from "./placeLabels";
import type { Point, Projection } from "./projection";

/** What is written on the map, in the page's language. */
export interface MapWords {
  red: string;
  schematic: string;
  startLine: string;
}

export interface CircuitScene {
  circuit: Circuit;
  projection: Projection;
  sectorFlags: Readonly<Record<number, SectorFlag>>;
  palette: Palette;
  words: MapWords;
  /** Size of the drawing: 1 at desktop. */
  unit: number;
  /** Under a red flag the whole track is lit. */
  stopped?: boolean;
}

/** A scene on its way to the canvas. */
interface Drawing extends CircuitScene {
  context: CanvasRenderingContext2D;
  outline: Outline;
}

const KERB_PIXELS = 18;
const ASPHALT_PIXELS = 14;

/**
 * Draw what stands still: the track, its lines and names, the pit lane, sectors under yellow. Answers where its words
 * are, so that the cars' names can keep off them.
 */
export function drawCircuit(context: CanvasRenderingContext2D, scene: CircuitScene): Rectangle[] {
  const outline = outlineOf(scene.circuit, scene.projection);
  if (outline.points.length < 3) return [];
  const drawing = { ...scene, context, outline };
  context.lineJoin = "round";
  context.lineCap = "butt";
  context.textAlign = "center";
  context.textBaseline = "middle";
  drawPitLane(drawing);
  strokeLine(drawing, outline.points, scene.palette.kerb, KERB_PIXELS, true);
  strokeLine(drawing, outline.points, scene.palette.asphalt, ASPHALT_PIXELS, true);
  const plates = scene.stopped ? [drawRed(drawing)] : drawYellows(drawing);
  drawStartLine(drawing);
  const sectorNames = scene.circuit.sectorEndMeters.map((distance, index) => {
    strokeLine(drawing, across(drawing, distance, 12), scene.palette.value, 2);
    return drawName(drawing, distance, `S${index + 1}|S${index + 2}`, 28);
  });
  const cornerNames = scene.circuit.corners.map(({ number, distanceMeters }) =>
    drawName(drawing, distanceMeters, String(number), 19),
  );
  const notes = scene.circuit.basis === CircuitBasis.SCHEMATIC ? [drawNote(drawing)] : [];
  return [
    ...plates,
    drawName(drawing, 0, scene.words.startLine, 26),
    ...sectorNames,
    ...cornerNames,
    ...notes,
  ];
}

function strokeLine(
  { context, unit }: Drawing,
  points: readonly Point[],
  colour: string,
  pixels: number,
  closed = false,
): void {
  context.beginPath();
  for (const [index, { x, y }] of points.entries()) {
    if (index === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
  if (closed) context.closePath();
  context.lineWidth = pixels * unit;
  context.strokeStyle = colour;
  context.stroke();
}

function drawDashed(drawing: Drawing, dashes: readonly number[], draw: () => void): void {
  drawing.context.setLineDash(dashes.map((dash) => dash * drawing.unit));
  draw();
  drawing.context.setLineDash([]);
}

function drawPitLane(drawing: Drawing): void {
  const { circuit, projection, palette } = drawing;
  const points = pitLanePoints(circuit).map(({ x, y }) => projection.project(x, y));
  if (points.length < 2) return;
  drawDashed(drawing, [5, 3], () => strokeLine(drawing, points, palette.label, 2.2));
}

/** Sectors under yellow are lit only where they are known to lie. Single is dashed, double solid; both have a plate. */
function drawYellows(drawing: Drawing): Rectangle[] {
  const { circuit, sectorFlags, outline, palette } = drawing;
  const sectors = circuit.marshalSectors;
  return sectors.flatMap(({ number, startDistanceMeters }, index) => {
    const flag = sectorFlags[number]?.flag;
    const double = flag === SectorFlagKind.DOUBLE_YELLOW;
    if (!double && flag !== SectorFlagKind.YELLOW) return [];
    const next = sectors[(index + 1) % sectors.length]?.startDistanceMeters ?? outline.lengthMeters;
    const line = stretch(outline, startDistanceMeters, next);
    drawDashed(drawing, double ? [] : [9, 3], () =>
      strokeLine(drawing, line, palette.yellow, ASPHALT_PIXELS),
    );
    return [drawPlate(drawing, startDistanceMeters, `${double ? "▲▲" : "▲"} S${number}`)];
  });
}

/** The whole line dashed in red, with a plate where nothing else stands. */
function drawRed(drawing: Drawing): Rectangle {
  const { outline, palette } = drawing;
  drawDashed(drawing, [14, 6], () => strokeLine(drawing, outline.points, palette.red, 6, true));
  return drawPlate(drawing, outline.lengthMeters * 0.25, `■ ${drawing.words.red}`, palette.red);
}

function drawPlate(
  drawing: Drawing,
  distance: number,
  text: string,
  colour = drawing.palette.yellow,
): Rectangle {
  const { context, unit, palette } = drawing;
  const at = beside(drawing, distance, 34);
  setFont(drawing, 800, 12);
  const width = context.measureText(text).width + 10 * unit;
  context.fillStyle = colour;
  context.fillRect(at.x - width / 2, at.y - 8 * unit, width, 16 * unit);
  context.fillStyle = palette.onFlag;
  context.fillText(text, at.x, at.y + 0.5 * unit);
  return around(at, width / 2, 8 * unit);
}

/** Black and white squares across the track. */
function drawStartLine(drawing: Drawing): void {
  const line = across(drawing, 0, 11);
  strokeLine(drawing, line, "#ffffff", 5);
  drawDashed(drawing, [3, 3], () => strokeLine(drawing, line, "#0b0c0d", 5));
}

function drawName(drawing: Drawing, distance: number, text: string, offPixels: number): Rectangle {
  const { context, unit, palette } = drawing;
  const at = beside(drawing, distance, offPixels);
  setFont(drawing, 600, 12);
  context.fillStyle = palette.label;
  context.fillText(text, at.x, at.y);
  return around(at, context.measureText(text).width / 2 + 2 * unit, 7 * unit);
}

/** Say, amid the circle that stands in for a circuit, that this is not its shape. */
function drawNote(drawing: Drawing): Rectangle {
  const { context, unit, palette, outline, words } = drawing;
  const at = centre(outline.points);
  setFont(drawing, 600, 12);
  context.fillStyle = palette.label;
  context.fillText(words.schematic, at.x, at.y);
  return around(at, context.measureText(words.schematic).width / 2 + 2 * unit, 7 * unit);
}

function setFont({ context, unit, palette }: Drawing, weight: number, pixels: number): void {
  context.font = `${weight} ${pixels * unit}px ${palette.face}`;
}

function across({ outline, unit }: Drawing, distance: number, reachPixels: number): [Point, Point] {
  const { x, y, alongX, alongY } = pointAt(outline, distance);
  const reach = reachPixels * unit;
  return [
    { x: x - alongY * reach, y: y + alongX * reach },
    { x: x + alongY * reach, y: y - alongX * reach },
  ];
}

/** A point off the line, on its outside. */
function beside({ outline, unit }: Drawing, distance: number, offPixels: number): Point {
  const point = pointAt(outline, distance);
  const off = outsideAt(outline, point) * offPixels * unit;
  return { x: point.x - point.alongY * off, y: point.y + point.alongX * off };
}

function around({ x, y }: Point, halfWidth: number, halfHeight: number): Rectangle {
  return { left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight };
}
