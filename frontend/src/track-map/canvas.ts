import type { Size } from "./projection";

/** Make a canvas as large as its element in device pixels; answers its context, scaled to CSS pixels. */
export function prepareCanvas(
  canvas: HTMLCanvasElement,
  size: Size,
): CanvasRenderingContext2D | null {
  const ratio = Math.min(3, globalThis.devicePixelRatio || 1);
  const width = Math.round(size.width * ratio);
  const height = Math.round(size.height * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
