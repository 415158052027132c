import type { Telemetry } from "../live/telemetry";
import type { Reading } from "../live/telemetryColumns";
import { everyFrame } from "../ui/everyFrame";
import { drawTrace } from "./drawTrace";

const TOP_RPM = 13_000;
/** As often as samples come: figures that change on every frame cannot be read. */
const FIGURES_PERIOD_MILLIS = 250;

export interface Words {
  on: string;
  off: string;
}

/** Texts of the dials by name. */
export function dialTexts(
  reading: Reading | undefined,
  { on, off }: Words,
): Record<string, string> {
  const figure = (value: number | undefined, unit = ""): string =>
    value === undefined ? "–" : `${Math.round(value)}${unit}`;
  const lit = (value: boolean | undefined): string =>
    value === undefined ? "–" : value ? on : off;
  const { speedKph, gear, throttlePercent, braking, engineRpm, aiding } = reading ?? {};
  return {
    speed: figure(speedKph),
    gear: gear === 0 ? "N" : figure(gear),
    throttle: figure(throttlePercent, "%"),
    brake: lit(braking),
    rpm: engineRpm === undefined ? "–" : `${(engineRpm / 1000).toFixed(1)}k`,
    aid: lit(aiding),
  };
}

/** Lengths of the bars by name, from 0 to 1. */
export function barLengths(reading: Reading | undefined): Record<string, number> {
  return {
    throttle: Math.min(1, (reading?.throttlePercent ?? 0) / 100),
    brake: reading?.braking ? 1 : 0,
    rpm: Math.min(1, (reading?.engineRpm ?? 0) / TOP_RPM),
  };
}

/** Keep the dials moving; answers how to end it. */
export function runDials(
  root: HTMLElement,
  telemetry: Telemetry,
  driverNumber: number,
  words: Words,
): () => void {
  const texts = byName(root, "dial");
  const bars = byName(root, "bar");
  const canvas = root.querySelector("canvas");
  const colour = getComputedStyle(root).color;
  const drawn: Record<string, string> = {};
  let figuresAt = Number.NEGATIVE_INFINITY;

  /** The style sheet lets it glide there, past the main thread. */
  const shift = (name: string, length: number): void => {
    const transform = `translateX(${Math.round(length * 100) - 100}%)`;
    const bar = bars[name];
    if (bar === undefined || drawn[name] === transform) return;
    drawn[name] = transform;
    bar.style.transform = transform;
  };

  const draw = (wall: number): void => {
    if (wall - figuresAt < FIGURES_PERIOD_MILLIS) return;
    figuresAt = wall;
    const reading = telemetry.reading(driverNumber, wall);
    for (const [name, length] of Object.entries(barLengths(reading))) shift(name, length);
    for (const [name, text] of Object.entries(dialTexts(reading, words))) {
      const element = texts[name];
      if (element !== undefined && element.textContent !== text) element.textContent = text;
    }
    if (canvas !== null) trace(canvas, colour, telemetry, driverNumber, wall);
  };
  return everyFrame(draw);
}

function byName(root: HTMLElement, kind: "dial" | "bar"): Partial<Record<string, HTMLElement>> {
  const elements = [...root.querySelectorAll<HTMLElement>(`[data-${kind}]`)];
  return Object.fromEntries(elements.map((element) => [element.dataset[kind] ?? "", element]));
}

function trace(
  canvas: HTMLCanvasElement,
  colour: string,
  telemetry: Telemetry,
  driverNumber: number,
  wall: number,
): void {
  const context = canvas.getContext("2d");
  const at = telemetry.shownMillis(wall);
  if (context === null) return;
  const scale = devicePixelRatio;
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.strokeStyle = colour;
  const columns = telemetry.columns(driverNumber) ?? { times: [], speedKph: [] };
  drawTrace(context, columns, at ?? 0, { width, height, scale });
}
