import type { Point, Projection, Size } from "./projection";

/** What part of the map is in view. */
export interface Viewport {
  /** 1 shows the whole circuit. */
  zoom: number;
  /** How far the middle of the view is from that of the whole, in CSS pixels at zoom 1. */
  x: number;
  y: number;
}

export const WHOLE: Viewport = { zoom: 1, x: 0, y: 0 };
export const MOST_ZOOM = 8;

/** See a projection through a viewport. */
export function seenThrough(projection: Projection, view: Viewport, size: Size): Projection {
  if (view.zoom === 1 && view.x === 0 && view.y === 0) return projection;
  const middle = { x: size.width / 2, y: size.height / 2 };
  return {
    scale: projection.scale * view.zoom,
    project: (x, y) => {
      const at = projection.project(x, y);
      return {
        x: middle.x + (at.x - middle.x - view.x) * view.zoom,
        y: middle.y + (at.y - middle.y - view.y) * view.zoom,
      };
    },
  };
}

/** Zoom in or out, so that what is under a point of the panel stays there. */
export function zoomAt(view: Viewport, factor: number, at: Point, size: Size): Viewport {
  const zoom = Math.max(1, Math.min(MOST_ZOOM, view.zoom * factor));
  const fromMiddle = { x: at.x - size.width / 2, y: at.y - size.height / 2 };
  const shift = 1 / view.zoom - 1 / zoom;
  return bounded(
    { zoom, x: view.x + fromMiddle.x * shift, y: view.y + fromMiddle.y * shift },
    size,
  );
}

/** Drag the map by so many pixels of the panel. */
export function panBy(view: Viewport, dx: number, dy: number, size: Size): Viewport {
  return bounded({ ...view, x: view.x - dx / view.zoom, y: view.y - dy / view.zoom }, size);
}

/** Put a point of the whole map into the middle. */
export function centredOn(view: Viewport, at: Point, size: Size): Viewport {
  const { zoom } = view;
  return bounded({ zoom, x: at.x - size.width / 2, y: at.y - size.height / 2 }, size);
}

/** The view never leaves the panel. */
function bounded({ zoom, x, y }: Viewport, { width, height }: Size): Viewport {
  const room = (length: number): number => (length / 2) * (1 - 1 / zoom);
  const within = (value: number, most: number): number => Math.max(-most, Math.min(most, value));
  return { zoom, x: within(x, room(width)) + 0, y: within(y, room(height)) + 0 };
}
