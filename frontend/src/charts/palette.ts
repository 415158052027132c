import type { SpanLook } from "./spans";

/** Colours and faces of the page, as a canvas needs them. */
export interface Palette {
  text: string;
  dim: string;
  line: string;
  ground: string;
  ice: string;
  face: string;
  spans: Record<SpanLook, string>;
  tyres: Readonly<Record<string, string>>;
  /** Pixels of a rem. */
  rem: number;
}

/** Read the tokens that hold where an element is. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const tyres = Object.fromEntries(["S", "M", "H", "I", "W"].map((s) => [s, token(`--ty-${s}`)]));
  return {
    text: token("--t1"),
    dim: token("--t3"),
    line: token("--line"),
    ground: token("--bg1"),
    ice: token("--ice"),
    face: token("--data") || "sans-serif",
    spans: { yellow: token("--f-yellow"), sc: token("--f-sc"), red: token("--f-red") },
    tyres: { ...tyres, "?": token("--t3") },
    rem: Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16,
  };
}
