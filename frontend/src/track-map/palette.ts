/** Colours and faces of the map, read once from the page's tokens. */
export interface Palette {
  panel: string;
  ground: string;
  asphalt: string;
  kerb: string;
  value: string;
  reference: string;
  label: string;
  ice: string;
  onIce: string;
  yellow: string;
  red: string;
  safetyCar: string;
  onFlag: string;
  face: string;
}

const TOKENS: Record<keyof Palette, string> = {
  panel: "--bg1",
  ground: "--bg0",
  asphalt: "--asphalt",
  kerb: "--kerb",
  value: "--t1",
  reference: "--t2",
  label: "--t3",
  ice: "--ice",
  onIce: "--on-ice",
  yellow: "--f-yellow",
  red: "--f-red",
  safetyCar: "--f-sc",
  onFlag: "--on-flag",
  face: "--data",
};

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const entries = Object.entries(TOKENS).map(([name, token]) => [
    name,
    style.getPropertyValue(token).trim(),
  ]);
  return Object.fromEntries(entries) as Palette;
}
