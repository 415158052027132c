import i18next from "i18next";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { type Circuit, TrackFlag } from "../gen/racetime/v1/track_pb";
import type { Race } from "../live/race";
import { choices } from "../settings/choices";
import { favourites } from "../settings/favourites";
import { wantsLessMotion } from "../settings/theme";
import { everyFrame } from "../ui/everyFrame";
import { leaderOf } from "../ui/order";
import type { Page } from "../ui/page";
import { prepareCanvas } from "./canvas";
import { type CarLook, carLooks, carsAt } from "./cars";
import { drawCars } from "./drawCars";
import { drawCircuit, type MapWords } from "./drawCircuit";
import { drawGapAxis, drawGapGhost, type GapsDrawing, gapCars, type ShownGaps } from "./drawGaps";
import { type GapScene, gapScene } from "./gapView";
import { listenToInput } from "./mapInput";
import { type MapView, mapSettings } from "./mapSettings";
import type { Bounds } from "./motion";
import { circuitPoints, type Outline, outlineOf, pitLanePoints } from "./outline";
import { type Palette, readPalette } from "./palette";
import { createLabelPlacer, type Rectangle } from "./placeLabels";
import { fit, type Point, type Projection, type Size } from "./projection";
import { safetyCarAt } from "./safetyCar";
import { type TrackGhost, trackGhost } from "./trackGhost";
import { centredOn, seenThrough, type Viewport, WHOLE, zoomAt } from "./viewport";

export interface MapParts {
  panel: HTMLElement;
  still: HTMLCanvasElement;
  moving: HTMLCanvasElement;
  /** Text that lies over the map. */
  overlays: readonly HTMLElement[];
  race: Race;
  page: Page;
}

/** A map that runs. */
export interface RunningMap {
  zoom(factor: number): void;
  /** Keep the selected car in the middle, or no longer and show all. */
  follow(on: boolean): void;
  stop(): void;
}

const PADDING = { left: 48, right: 48, top: 56, bottom: 46 };
const AIR_PIXELS = 3;
const FOLLOW_ZOOM = 3;
/** Gaps change a few times a second; so often the ghost and the views of gaps are derived anew, in milliseconds. */
const DERIVE_MILLIS = 250;

/** Run the map in one animation loop: the circuit when something about it changed, the cars each frame. */
export function startMap({ panel, still, moving, overlays, race, page }: MapParts): RunningMap {
  const labels = createLabelPlacer();
  const gaps: ShownGaps = new Map();
  let size: Size = { width: 0, height: 0 };
  let unit = 1;
  let drawnKey: readonly unknown[] = [];
  let styleKey: readonly unknown[] = [];
  let words: readonly Rectangle[] = [];
  let kept: readonly Rectangle[] = [];
  let whole: Projection | undefined;
  let projection: Projection | undefined;
  let outline: Outline | undefined;
  let palette: Palette | undefined;
  let looksKey: readonly unknown[] = [];
  let looks: CarLook[] = [];
  let viewport: Viewport = WHOLE;
  let following = false;
  let scene: GapScene | undefined;
  let derivedAt = Number.NEGATIVE_INFINITY;
  let derivedFor: number | undefined;
  let gliding = false;
  let lastTime: number | undefined;

  const measure = (): void => {
    size = { width: panel.clientWidth, height: panel.clientHeight };
    unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
  };

  /** Read colours and where the page's own text lies: neither moves with the view. */
  const readStyle = (...about: readonly unknown[]): void => {
    if (same(about, styleKey)) return;
    styleKey = about;
    kept = overlays.map((overlay) => boxIn(panel, overlay));
    palette = readPalette(panel);
  };

  /** Draw what stands still, when anything about it has changed. Answers whether it was drawn. */
  const redraw = (
    view: MapView,
    circuit: Circuit | undefined,
    state: RaceState,
    theme: string,
  ): boolean => {
    const bounds = circuit ? undefined : race.motion.bounds();
    const stopped = state.trackStatus?.flag === TrackFlag.RED;
    const lap = view === "track" ? 0 : Math.round((scene?.lapMillis ?? 0) / 1000);
    const { width, height } = size;
    const flags = view === "track" ? state.sectorFlags : undefined;
    const about = [view, circuit, bounds, flags, stopped, lap, viewport];
    const { palette: colours } = choices.getState();
    const style = [
      i18next.language,
      theme,
      colours,
      width,
      height,
      unit,
      devicePixelRatio,
      document.fonts?.status,
    ];
    const key = [...about, ...style];
    if (same(key, drawnKey)) return false;
    drawnKey = key;
    // The legend grows by what there is to explain.
    readStyle(...style, state.trackStatus?.flag, derivedFor);
    if (palette === undefined) return false;
    whole = project(circuit, bounds, size, unit);
    projection = whole && seenThrough(whole, viewport, size);
    outline = circuit && projection && outlineOf(circuit, projection);
    const context = prepareCanvas(still, size);
    context?.clearRect(0, 0, width, height);
    words = [];
    if (context === null) return true;
    if (view !== "track") {
      if (scene) words = drawGapAxis(context, { view, scene, size, palette, unit });
    } else if (circuit && projection) {
      const { sectorFlags } = state;
      const scene = { circuit, projection, sectorFlags, palette, unit, stopped };
      words = drawCircuit(context, { ...scene, words: mapWords() });
    }
    return true;
  };

  const draw = (wallMillis: number): void => {
    const held = race.clock.held();
    const { playhead } = race.motion;
    const time = held
      ? (playhead.time() ?? playhead.advance(wallMillis))
      : playhead.advance(wallMillis);
    const { state, circuit } = race.store.getState();
    const { theme, selectedDriver } = page.getState();
    const { view, ghost } = mapSettings.getState();
    if (size.width === 0 || size.height === 0 || state === undefined) return;
    const { driverNumbers } = favourites.getState();
    const key = [state.positions, state.drivers, state.statuses, theme, driverNumbers];
    const changed = !same(key, looksKey);
    if (changed) {
      looksKey = key;
      looks = carLooks(state, theme, driverNumbers);
    }
    const selected = selectedDriver ?? leaderOf(state);
    const isDue = !held && wallMillis - derivedAt > DERIVE_MILLIS;
    const derive = changed || isDue || selected !== derivedFor;
    derivedFor = selected;
    if (derive && view !== "track") scene = gapScene(state, looks, selected);
    if (derive) derivedAt = wallMillis;
    const redrawn = redraw(view, circuit, state, theme);
    if (palette === undefined) return;
    if (view !== "track") {
      if (scene && (redrawn || derive || gliding))
        drawGaps({ view, scene, size, palette, unit }, ghost);
      return;
    }
    if (projection === undefined || whole === undefined) return;
    // Nothing has moved since the last frame: a paused race costs nothing.
    if (time === lastTime && !redrawn && !derive) return;
    lastTime = time;
    const context = prepareCanvas(moving, size);
    if (context === null) return;
    const { motion } = race;
    const speed = race.clock.speed();
    const cars =
      time === undefined ? [] : carsAt({ looks, motion, projection, time, speed, selected });
    if (following)
      keepInMiddle(
        cars.find((car) => car.selected),
        projection,
      );
    const shownGhost: TrackGhost | undefined =
      ghost && selectedDriver !== undefined && time !== undefined
        ? trackGhost(state, selectedDriver, motion, projection, time)
        : undefined;
    const safetyCar = safetyCarAt(state, cars, outline);
    const free = shownGhost ? [...words, labelBox(shownGhost.at, unit)] : words;
    const scenery = {
      palette,
      labels,
      words: free,
      kept,
      size,
      unit,
      ghost: shownGhost,
      safetyCar,
    };
    drawCars(context, { cars, ...scenery });
  };

  const drawGaps = (drawing: GapsDrawing, ghost: boolean): void => {
    const context = prepareCanvas(moving, size);
    if (context === null) return;
    const still = wantsLessMotion();
    const { cars, moving: glides } = gapCars(drawing, gaps, still);
    gliding = glides;
    drawCars(context, { cars, palette: drawing.palette, labels, words, kept, size, unit });
    if (ghost) drawGapGhost(context, drawing);
  };

  const keepInMiddle = (car: Point | undefined, seen: Projection): void => {
    if (car === undefined || whole === undefined) return;
    // Back from the view to the whole map.
    const at = {
      x: (car.x - size.width / 2) / viewport.zoom + viewport.x + size.width / 2,
      y: (car.y - size.height / 2) / viewport.zoom + viewport.y + size.height / 2,
    };
    if (seen.scale > 0) viewport = centredOn(viewport, at, size);
  };

  const middle = (): Point => ({ x: size.width / 2, y: size.height / 2 });
  const input = {
    view: () => viewport,
    set: (next: Viewport) => {
      if (mapSettings.getState().view === "track") viewport = next;
    },
    size: () => size,
  };
  measure();
  const stopInput = listenToInput(moving, input);
  const observer = new ResizeObserver(measure);
  observer.observe(panel);
  void document.fonts?.ready.then(() => {
    drawnKey = []; // what was drawn in another face is drawn again
  });
  const stopDrawing = everyFrame(draw);
  return {
    zoom: (factor) => input.set(zoomAt(viewport, factor, middle(), size)),
    follow(on) {
      following = on;
      if (on && viewport.zoom < FOLLOW_ZOOM)
        input.set(zoomAt(viewport, FOLLOW_ZOOM / viewport.zoom, middle(), size));
      if (!on) input.set(WHOLE);
    },
    stop() {
      stopDrawing();
      observer.disconnect();
      stopInput();
    },
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

/** Where the words under a ghost stand: names keep off them. */
function labelBox({ x, y }: Point, unit: number): Rectangle {
  const half = 28 * unit;
  return { left: x - half, right: x + half, top: y + 11 * unit, bottom: y + 29 * unit };
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

function mapWords(): MapWords {
  const t = i18next.getFixedT(null, "map");
  return {
    red: t("canvas.red"),
    schematic: t("canvas.schematic"),
    startLine: t("canvas.startLine"),
  };
}
