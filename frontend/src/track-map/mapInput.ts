import type { Point, Size } from "./projection";
import { panBy, type Viewport, WHOLE, zoomAt } from "./viewport";

export interface MapInput {
  view(): Viewport;
  set(view: Viewport): void;
  size(): Size;
}

const WHEEL_STEP = 0.0015;
export const BUTTON_STEP = 1.5;
const KEY_PIXELS = 40;

/** Let wheel, drag, pinch and keys move the view of an element. Answers how to stop. */
export function listenToInput(element: HTMLElement, input: MapInput): () => void {
  const fingers = new Map<number, Point>();
  const within = ({ clientX, clientY }: MouseEvent): Point => {
    const box = element.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  };
  const zoom = (factor: number, at: Point): void =>
    input.set(zoomAt(input.view(), factor, at, input.size()));

  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * WHEEL_STEP), within(event));
  };
  const down = (event: PointerEvent): void => {
    element.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, within(event));
  };
  const move = (event: PointerEvent): void => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    const at = within(event);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, at);
    if (other !== undefined) {
      const factor = distance(at, other) / Math.max(1, distance(before, other));
      zoom(factor, { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 });
    } else input.set(panBy(input.view(), at.x - before.x, at.y - before.y, input.size()));
  };
  const up = (event: PointerEvent): void => void fingers.delete(event.pointerId);
  const key = (event: KeyboardEvent): void => {
    const { width, height } = input.size();
    const middle = { x: width / 2, y: height / 2 };
    const pans: Record<string, [number, number]> = {
      ArrowLeft: [KEY_PIXELS, 0],
      ArrowRight: [-KEY_PIXELS, 0],
      ArrowUp: [0, KEY_PIXELS],
      ArrowDown: [0, -KEY_PIXELS],
    };
    const pan = pans[event.key];
    if (pan) input.set(panBy(input.view(), pan[0], pan[1], input.size()));
    else if (event.key === "+") zoom(BUTTON_STEP, middle);
    else if (event.key === "-") zoom(1 / BUTTON_STEP, middle);
    else if (event.key === "0") input.set(WHOLE);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const ends = new AbortController();
  const { signal } = ends;
  element.addEventListener("wheel", wheel, { signal, passive: false });
  element.addEventListener("pointerdown", down, { signal });
  element.addEventListener("pointermove", move, { signal });
  element.addEventListener("pointerup", up, { signal });
  element.addEventListener("pointercancel", up, { signal });
  element.addEventListener("dblclick", () => input.set(WHOLE), { signal });
  element.addEventListener("keydown", key, { signal });
  return () => ends.abort();
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
