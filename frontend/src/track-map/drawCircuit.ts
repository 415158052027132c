import type { Circuit } from "../gen/racetime/v1/track_pb";
import { type SectorFlag, SectorFlagKind } from "../gen/racetime/v1/track_pb";
import { type Outline, outlineOf, outsideAt, pitLanePoints, pointAt, stretch } from "./outline";
import type { Palette } from "./palette";
import type { Point, Projection } from "./projection";

export interface CircuitScene {
  circuit: Circuit;
  projection: Projection;
  sectorFlags: Readonly<Record<number, SectorFlag>>;
  palette: Palette;
  /** Size of the drawing: 1 at desktop. */
  unit: number;
}

const KERB_PIXELS = 18;
const ASPHALT_PIXELS = 14;

/** Draw what stands still: the track, its lines and names, the pit lane, sectors under yellow. */
export function drawCircuit(context: CanvasRenderingContext2D, scene: CircuitScene): void {
  const outline = outlineOf(scene.circuit, scene.projection);
  if (outline.points.length < 3) return;
  context.lineJoin = "round";
  context.lineCap = "butt";
  drawPitLane(context, scene);
  context.lineWidth = KERB_PIXELS * scene.unit;
  strokeLine(context, outline.points, scene.palette.kerb, true);
  context.lineWidth = ASPHALT_PIXELS * scene.unit;
  strokeLine(context, outline.points, scene.palette.asphalt, true);
  drawYellows(context, scene, outline);
  for (const [index, distance] of scene.circuit.sectorEndMeters.entries()) {
    drawTick(context, scene, outline, distance);
    drawName(context, scene, outline, distance, `S${index + 1}|S${index + 2}`, 26);
  }
  drawStartLine(context, scene, outline);
  for (const { number, distanceMeters } of scene.circuit.corners) {
    drawName(context, scene, outline, distanceMeters, String(number), 19);
  }
}

export function strokeLine(
  context: CanvasRenderingContext2D,
  points: readonly Point[],
  colour: string,
  closed: boolean,
): void {
  context.beginPath();
  for (const [index, { x, y }] of points.entries()) {
    if (index === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
  if (closed) context.closePath();
  context.strokeStyle = colour;
  context.stroke();
}

function drawPitLane(context: CanvasRenderingContext2D, scene: CircuitScene): void {
  const points = pitLanePoints(scene.circuit).map(({ x, y }) => scene.projection.project(x, y));
  if (points.length < 2) return;
  context.setLineDash([5 * scene.unit, 3 * scene.unit]);
  context.lineWidth = 2.2 * scene.unit;
  strokeLine(context, points, scene.palette.label, false);
  context.setLineDash([]);
}

/** Sectors under yellow are lit only where they are known to lie. Single is dashed, double solid. */
function drawYellows(
  context: CanvasRenderingContext2D,
  scene: CircuitScene,
  outline: Outline,
): void {
  const sectors = scene.circuit.marshalSectors;
  for (const [index, sector] of sectors.entries()) {
    const flag = scene.sectorFlags[sector.number]?.flag;
    if (flag !== SectorFlagKind.YELLOW && flag !== SectorFlagKind.DOUBLE_YELLOW) continue;
    const end = sectors[(index + 1) % sectors.length]?.startDistanceMeters ?? outline.lengthMeters;
    const double = flag === SectorFlagKind.DOUBLE_YELLOW;
    if (!double) context.setLineDash([9 * scene.unit, 3 * scene.unit]);
    context.lineWidth = ASPHALT_PIXELS * scene.unit;
    strokeLine(
      context,
      stretch(outline, sector.startDistanceMeters, end),
      scene.palette.yellow,
      false,
    );
    context.setLineDash([]);
    drawPlate(
      context,
      scene,
      outline,
      sector.startDistanceMeters,
      `${double ? "▲▲" : "▲"} S${sector.number}`,
    );
  }
}

function drawPlate(
  context: CanvasRenderingContext2D,
  scene: CircuitScene,
  outline: Outline,
  distance: number,
  text: string,
): void {
  const { unit, palette } = scene;
  const at = beside(outline, distance, 30 * unit);
  setFont(context, scene, 800, 12);
  const width = context.measureText(text).width + 10 * unit;
  context.fillStyle = palette.yellow;
  context.fillRect(at.x - width / 2, at.y - 8 * unit, width, 16 * unit);
  context.fillStyle = palette.onFlag;
  context.fillText(text, at.x, at.y + 0.5 * unit);
}

function drawTick(
  context: CanvasRenderingContext2D,
  scene: CircuitScene,
  outline: Outline,
  distance: number,
): void {
  context.lineWidth = 2 * scene.unit;
  strokeLine(context, across(outline, distance, 12 * scene.unit), scene.palette.value, false);
}

/** The start line: black and white squares across the track. */
function drawStartLine(
  context: CanvasRenderingContext2D,
  scene: CircuitScene,
  outline: Outline,
): void {
  const line = across(outline, 0, 11 * scene.unit);
  context.lineWidth = 5 * scene.unit;
  strokeLine(context, line, "#ffffff", false);
  context.setLineDash([3 * scene.unit, 3 * scene.unit]);
  strokeLine(context, line, "#0b0c0d", false);
  context.setLineDash([]);
  drawName(context, scene, outline, 0, "S/F", 26);
}

function drawName(
  context: CanvasRenderingContext2D,
  scene: CircuitScene,
  outline: Outline,
  distance: number,
  text: string,
  offPixels: number,
): void {
  const at = beside(outline, distance, offPixels * scene.unit);
  setFont(context, scene, 600, 12);
  context.fillStyle = scene.palette.label;
  context.fillText(text, at.x, at.y);
}

function setFont(
  context: CanvasRenderingContext2D,
  scene: CircuitScene,
  weight: number,
  pixels: number,
): void {
  context.font = `${weight} ${pixels * scene.unit}px ${scene.palette.face}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
}

function across(outline: Outline, distance: number, reach: number): [Point, Point] {
  const { x, y, alongX, alongY } = pointAt(outline, distance);
  return [
    { x: x - alongY * reach, y: y + alongX * reach },
    { x: x + alongY * reach, y: y - alongX * reach },
  ];
}

/** A point off the line, on its outside. */
function beside(outline: Outline, distance: number, off: number): Point {
  const point = pointAt(outline, distance);
  const side = outsideAt(outline, point);
  return { x: point.x - point.alongY * off * side, y: point.y + point.alongX * off * side };
}
