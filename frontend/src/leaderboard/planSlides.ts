export interface Slide {
  driverNumber: number;
  /** Rows that it moves down; up is negative. */
  places: number;
}

const MOST_SLIDES = 3;

/** Tell which rows slide after a change of order: the few that moved farthest; the others are where they belong at once. */
export function planSlides(before: readonly number[], after: readonly number[]): Slide[] {
  if (before === after) return [];
  const slides: Slide[] = [];
  for (const [place, driverNumber] of after.entries()) {
    const was = before.indexOf(driverNumber);
    if (was !== -1 && was !== place) slides.push({ driverNumber, places: place - was });
  }
  return slides.sort((a, b) => Math.abs(b.places) - Math.abs(a.places)).slice(0, MOST_SLIDES);
}
