import * as v from "valibot";
import { keptStore } from "../settings/keptStore";

/** What this device keeps of time: how far the viewer's TV is behind. */
export const timeSettings = keptStore(
  "time",
  v.object({ delayMillis: v.pipe(v.number(), v.minValue(0), v.maxValue(6 * 3_600_000)) }),
  { delayMillis: 0 },
);
