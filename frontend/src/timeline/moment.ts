import type { TFunction } from "i18next";

/** The lap that the leader is on at an instant; unset before the first. */
export function lapAt(lapStarts: readonly number[], time: number): number | undefined {
  let lap = 0;
  while (lap < lapStarts.length && (lapStarts[lap] ?? 0) <= time) lap += 1;
  return lap === 0 ? undefined : lap;
}

/** "Lap 12, 16:14:05": the lap, and the time of day as the viewer chose to have it told. */
export function momentText(
  t: TFunction<"timeline">,
  lap: number | undefined,
  timeOfDay: string | undefined,
): string {
  const parts = [lap === undefined ? "" : t("lapNumber", { lap }), timeOfDay];
  return parts.filter(Boolean).join(", ");
}
