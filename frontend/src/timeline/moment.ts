import type { TFunction } from "i18next";

/** The lap that the leader is on at an instant; unset before the first. */
export function lapAt(lapStarts: readonly number[], time: number): number | undefined {
  let lap = 0;
  while (lap < lapStarts.length && (lapStarts[lap] ?? 0) <= time) lap += 1;
  return lap === 0 ? undefined : lap;
}

/** "Lap 12, 06:14:05 UTC". */
export function momentText(
  t: TFunction<"timeline">,
  lap: number | undefined,
  originMillis: number | undefined,
  time: number,
): string {
  const clock =
    originMillis === undefined ? "" : new Date(originMillis + time).toISOString().slice(11, 19);
  return [lap === undefined ? "" : t("lapNumber", { lap }), clock && `${clock} UTC`]
    .filter(Boolean)
    .join(", ");
}
