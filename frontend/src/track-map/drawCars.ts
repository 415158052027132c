import type { Car } from "./cars";
import { drawGhostRing } from "./drawGaps";
import type { Palette } from "./palette";
import type { LabelPlacer, Rectangle } from "./placeLabels";
import type { Point, Size } from "./projection";
import type { TrackGhost } from "./trackGhost";

export interface CarsScene {
  cars: readonly Car[];
  palette: Palette;
  labels: LabelPlacer;
  /** Words of the circuit that names keep off. */
  words: readonly Rectangle[];
  /** Text of the page that names never cover. */
  kept: readonly Rectangle[];
  size: Size;
  /** Size of the drawing: 1 at desktop. */
  unit: number;
  /** Where the selected car would come out. */
  ghost?: TrackGhost | undefined;
  /** Where the simulated safety car is. */
  safetyCar?: Point | undefined;
}

const CAR_PIXELS = 8;
const HAIRLINE_FROM_PIXELS = 20;

/** Draw what moves: the cars, and their names where there is room. */
export function drawCars(context: CanvasRenderingContext2D, scene: CarsScene): void {
  context.clearRect(0, 0, scene.size.width, scene.size.height);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  const names = placedNames(context, scene);
  context.lineWidth = 1;
  for (const name of names) drawHairline(context, scene, name);
  if (scene.ghost) drawTrackGhost(context, scene, scene.ghost);
  if (scene.safetyCar) drawSafetyCar(context, scene, scene.safetyCar);
  for (const car of scene.cars) drawCar(context, scene, car);
  for (const name of names) drawName(context, scene, name);
}

function drawTrackGhost(
  context: CanvasRenderingContext2D,
  { palette, unit }: CarsScene,
  { at, arc, text }: TrackGhost,
): void {
  context.beginPath();
  for (const [index, { x, y }] of arc.entries()) {
    if (index === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
  context.lineWidth = 18 * unit;
  context.globalAlpha = 0.35;
  context.strokeStyle = palette.ice;
  context.stroke();
  context.globalAlpha = 1;
  drawGhostRing(context, { palette, unit, ...at, text });
}

/** A dashed box: no source tells where it is, so it never looks like a car. */
function drawSafetyCar(
  context: CanvasRenderingContext2D,
  { palette, unit }: CarsScene,
  { x, y }: Point,
): void {
  const half = 9 * unit;
  context.fillStyle = palette.panel;
  context.fillRect(x - half, y - half, 2 * half, 2 * half);
  context.setLineDash([3 * unit, 2 * unit]);
  context.lineWidth = 2 * unit;
  context.strokeStyle = palette.safetyCar;
  context.strokeRect(x - half, y - half, 2 * half, 2 * half);
  context.setLineDash([]);
  context.font = `800 ${11 * unit}px ${palette.face}`;
  context.fillStyle = palette.safetyCar;
  context.fillText("SC", x, y + 0.5 * unit);
}

interface PlacedName {
  car: Car;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The selected, the followed and the leading cars are placed first, so that they get the best places. */
function placedNames(context: CanvasRenderingContext2D, scene: CarsScene): PlacedName[] {
  const { unit } = scene;
  context.font = nameFont(scene, 800);
  const inOrder = [...scene.cars].sort((a, b) => rank(a) - rank(b) || a.place - b.place);
  const wishes = inOrder.map((car) => ({
    id: car.driverNumber,
    at: { x: car.x, y: car.y },
    width: context.measureText(car.code).width + 6 * unit,
    height: 15 * unit,
  }));
  const labels = scene.labels.place(wishes, {
    panel: scene.size,
    words: scene.words,
    kept: scene.kept,
    carPixels: CAR_PIXELS * unit,
    unit,
  });
  return inOrder.flatMap((car, index) => {
    const label = labels[index];
    const wish = wishes[index];
    return label && wish
      ? [{ car, x: label.x, y: label.y, width: wish.width, height: wish.height }]
      : [];
  });
}

const rank = ({ selected, favourite }: Car): number => (selected ? 0 : favourite ? 1 : 2);

function drawHairline(
  context: CanvasRenderingContext2D,
  scene: CarsScene,
  { car, x, y, width }: PlacedName,
): void {
  const distance = Math.hypot(x - car.x, y - car.y);
  if (distance < HAIRLINE_FROM_PIXELS * scene.unit + width / 3) return;
  const share = (distance - 9 * scene.unit) / distance;
  context.strokeStyle = scene.palette.label;
  context.beginPath();
  context.moveTo(car.x, car.y);
  context.lineTo(car.x + (x - car.x) * share, car.y + (y - car.y) * share);
  context.stroke();
}

function drawCar(context: CanvasRenderingContext2D, scene: CarsScene, car: Car): void {
  context.globalAlpha = car.stale || car.shape === "pit" ? 0.5 : 1;
  if (car.selected) drawRing(context, scene, car);
  else if (car.favourite) drawCorners(context, scene, car);
  if (car.shape === "out") drawDiamond(context, scene, car);
  else if (car.estimated || car.stale) drawHollow(context, scene, car);
  else drawDot(context, scene, car);
  context.globalAlpha = 1;
}

function circle(context: CanvasRenderingContext2D, { x, y }: Car, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
}

function drawDot(context: CanvasRenderingContext2D, { palette, unit }: CarsScene, car: Car): void {
  circle(context, car, (car.place === 1 ? CAR_PIXELS + 1 : CAR_PIXELS) * unit);
  context.fillStyle = car.colour;
  context.fill();
  context.strokeStyle = car.place === 1 ? palette.value : palette.ground;
  context.lineWidth = 2 * unit;
  context.stroke();
}

function drawHollow(
  context: CanvasRenderingContext2D,
  { palette, unit }: CarsScene,
  car: Car,
): void {
  circle(context, car, 7.2 * unit);
  context.fillStyle = palette.panel;
  context.fill();
  context.setLineDash([3.2 * unit, 2 * unit]);
  context.strokeStyle = car.colour;
  context.lineWidth = 2.4 * unit;
  context.stroke();
  context.setLineDash([]);
}

/** A crossed diamond: stopped or out. */
function drawDiamond(
  context: CanvasRenderingContext2D,
  { palette, unit }: CarsScene,
  { x, y, colour }: Car,
): void {
  const reach = CAR_PIXELS * unit;
  const arm = 3 * unit;
  context.beginPath();
  context.moveTo(x, y - reach);
  context.lineTo(x + reach, y);
  context.lineTo(x, y + reach);
  context.lineTo(x - reach, y);
  context.closePath();
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = palette.ground;
  context.lineWidth = 2 * unit;
  context.stroke();
  context.beginPath();
  context.moveTo(x - arm, y - arm);
  context.lineTo(x + arm, y + arm);
  context.moveTo(x + arm, y - arm);
  context.lineTo(x - arm, y + arm);
  context.stroke();
}

function drawRing(context: CanvasRenderingContext2D, { palette, unit }: CarsScene, car: Car): void {
  circle(context, car, 12 * unit);
  context.strokeStyle = palette.ice;
  context.lineWidth = 2.2 * unit;
  context.stroke();
}

/** Four arcs about a car that the viewer follows: not the whole ring of the selected one. */
function drawCorners(
  context: CanvasRenderingContext2D,
  { palette, unit }: CarsScene,
  { x, y }: Car,
): void {
  context.strokeStyle = palette.value;
  context.lineWidth = 2 * unit;
  for (let quarter = 0; quarter < 4; quarter += 1) {
    const from = (quarter + 0.2) * (Math.PI / 2);
    context.beginPath();
    context.arc(x, y, 12 * unit, from, from + 0.3 * Math.PI);
    context.stroke();
  }
}

function drawName(
  context: CanvasRenderingContext2D,
  scene: CarsScene,
  { car, x, y, width, height }: PlacedName,
): void {
  const { palette, unit } = scene;
  const faint = car.shape !== "running" || car.estimated || car.stale;
  context.font = nameFont(scene, faint ? 600 : 800);
  if (car.selected) {
    context.fillStyle = palette.ice;
    context.fillRect(x - width / 2, y - height / 2 - unit, width, height + unit);
    context.fillStyle = palette.onIce;
  } else {
    context.strokeStyle = palette.panel;
    context.lineWidth = 3 * unit;
    context.strokeText(car.code, x, y);
    context.fillStyle = faint ? palette.reference : palette.value;
  }
  context.fillText(car.code, x, y);
}

function nameFont({ palette, unit }: CarsScene, weight: number): string {
  return `${weight} ${13 * unit}px ${palette.face}`;
}
