export type Theme = "dark" | "light";

type Rgb = readonly [number, number, number];

const GROUND: Record<Theme, Rgb> = { dark: [16, 19, 21], light: [251, 252, 251] };
const TOWARDS: Record<Theme, Rgb> = { dark: [255, 255, 255], light: [0, 0, 0] };
const LEAST_CONTRAST = 3.2;

/** A team's colour as it can be seen on the panel: mixed towards white or black until it stands out from the ground. */
export function teamColour(hex: string | undefined, theme: Theme): string {
  const colour = parse(hex ?? "");
  if (colour === undefined) return theme === "dark" ? "#8f999f" : "#566167";
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(colour, TOWARDS[theme], share);
    if (contrast(mixed, GROUND[theme]) >= LEAST_CONTRAST) return format(mixed);
  }
  return format(TOWARDS[theme]);
}

function parse(hex: string): Rgb | undefined {
  const digits = /^#?([0-9a-f]{6})$/i.exec(hex)?.[1];
  if (digits === undefined) return undefined;
  const value = Number.parseInt(digits, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function format([red, green, blue]: Rgb): string {
  return `#${[red, green, blue].map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

/** Contrast of two colours as WCAG measures it. */
export function contrast(one: Rgb, other: Rgb): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  const [r, g, b] = [red, green, blue].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}
