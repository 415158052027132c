import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import type { Circuit } from "../gen/racetime/v1/track_pb";
import type { Race } from "../live/race";
import { leaderOf } from "../ui/order";
import type { Page } from "../ui/page";
import { prepareCanvas } from "./canvas";
import { type CarLook, carLooks, carsAt } from "./cars";
import { drawCars } from "./drawCars";
import { drawCircuit } from "./drawCircuit";
import type { Bounds } from "./motion";
import { circuitPoints, pitLanePoints } from "./outline";
import { type Palette, readPalette } from "./palette";
import { createLabelPlacer, type Rectangle } from "./placeLabels";
import { fit, type Point, type Projection, type Size } from "./projection";

export interface MapParts {
  panel: HTMLElement;
  still: HTMLCanvasElement;
  moving: HTMLCanvasElement;
  /** Text that lies over the map. */
  overlays: readonly HTMLElement[];
  race: Race;
  page: Page;
}

const PADDING = { left: 48, right: 48, top: 42, bottom: 46 };
const AIR_PIXELS = 3;

/** Run the map in one animation loop: the circuit when something about it changed, the cars each frame. */
export function startMap({ panel, still, moving, overlays, race, page }: MapParts): () => void {
  const labels = createLabelPlacer();
  let size: Size = { width: 0, height: 0 };
  let unit = 1;
  let drawnKey: readonly unknown[] = [];
  let words: readonly Rectangle[] = [];
  let kept: readonly Rectangle[] = [];
  let projection: Projection | undefined;
  let palette: Palette | undefined;
  let looksKey: readonly unknown[] = [];
  let looks: CarLook[] = [];
  let frame = 0;

  const measure = (): void => {
    size = { width: panel.clientWidth, height: panel.clientHeight };
    unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
  };

  const redrawCircuit = (circuit: Circuit | undefined, state: RaceState, theme: string): void => {
    const bounds = circuit ? undefined : race.motion.bounds();
    const key = [
      circuit,
      bounds,
      state.sectorFlags,
      theme,
      size.width,
      size.height,
      unit,
      devicePixelRatio,
    ];
    if (same(key, drawnKey)) return;
    drawnKey = key;
    kept = overlays.map((overlay) => boxIn(panel, overlay));
    palette = readPalette(panel);
    projection = project(circuit, bounds, size, unit);
    const context = prepareCanvas(still, size);
    context?.clearRect(0, 0, size.width, size.height);
    words = [];
    if (context && circuit && projection) {
      words = drawCircuit(context, {
        circuit,
        projection,
        sectorFlags: state.sectorFlags,
        palette,
        unit,
      });
    }
  };

  const draw = (wallMillis: number): void => {
    frame = requestAnimationFrame(draw);
    const time = race.motion.playhead.advance(wallMillis);
    const { state, circuit } = race.store.getState();
    const { theme, selectedDriver } = page.getState();
    if (size.width === 0 || size.height === 0 || state === undefined) return;
    redrawCircuit(circuit, state, theme);
    const key = [state.positions, state.drivers, state.statuses, theme];
    if (!same(key, looksKey)) {
      looksKey = key;
      looks = carLooks(state, theme);
    }
    if (projection === undefined || palette === undefined) return;
    const context = prepareCanvas(moving, size);
    if (context === null) return;
    const selected = selectedDriver ?? leaderOf(state);
    const speed = race.clock.speed();
    const cars =
      time === undefined
        ? []
        : carsAt({ looks, motion: race.motion, projection, time, speed, selected });
    drawCars(context, { cars, palette, labels, words, kept, size, unit });
  };

  measure();
  const observer = new ResizeObserver(measure);
  observer.observe(panel);
  void document.fonts?.ready.then(() => {
    drawnKey = []; // what was drawn in another face is drawn again
  });
  frame = requestAnimationFrame(draw);
  return () => {
    cancelAnimationFrame(frame);
    observer.disconnect();
  };
}

/** Where an element lies in the panel, with a little air around it. */
function boxIn(panel: HTMLElement, element: HTMLElement): Rectangle {
  const from = panel.getBoundingClientRect();
  const { left, top, right, bottom } = element.getBoundingClientRect();
  return {
    left: left - from.left - AIR_PIXELS,
    top: top - from.top - AIR_PIXELS,
    right: right - from.left + AIR_PIXELS,
    bottom: bottom - from.top + AIR_PIXELS,
  };
}

function same(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, index) => Object.is(value, other[index]));
}

function project(
  circuit: Circuit | undefined,
  bounds: Bounds | undefined,
  size: Size,
  unit: number,
): Projection | undefined {
  const padding = {
    left: PADDING.left * unit,
    right: PADDING.right * unit,
    top: PADDING.top * unit,
    bottom: PADDING.bottom * unit,
  };
  if (circuit && circuit.xDecimeters.length > 2) {
    const points = [...circuitPoints(circuit), ...pitLanePoints(circuit)];
    // A rotation that no file gives fits some wide screen; the panel knows its own better.
    const given = circuit.sourceUrl ? circuit.rotationDegrees : undefined;
    return fit(points, size, padding, given);
  }
  return bounds && fit(cornersOf(bounds), size, padding, 0);
}

function cornersOf({ minX, minY, maxX, maxY }: Bounds): Point[] {
  return [
    { x: minX, y: minY },
    { x: maxX, y: maxY },
  ];
}
