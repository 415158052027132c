import type { Columns } from "../live/telemetryColumns";

/** Where a trace is drawn, in its own pixels. */
export interface Surface {
  width: number;
  height: number;
  scale: number;
}

const SHOWN_MILLIS = 60_000;
const TOP_KPH = 350;
const LONGEST_STEP_MILLIS = 3_000;

/** Draw the speed of the last minute, the newest at the right; a gap where no sample is. */
export function drawTrace(
  context: CanvasRenderingContext2D,
  columns: Pick<Columns, "times" | "speedKph">,
  atMillis: number,
  { width, height, scale }: Surface,
): void {
  context.clearRect(0, 0, width, height);
  context.lineWidth = 1.5 * scale;
  context.lineJoin = "round";
  context.beginPath();
  let last: number | undefined;
  for (const [index, time] of columns.times.entries()) {
    const speed = columns.speedKph[index];
    if (time > atMillis) break;
    if (speed === undefined || time < atMillis - SHOWN_MILLIS) continue;
    const x = width * (1 - (atMillis - time) / SHOWN_MILLIS);
    const y = height - scale - (height - 2 * scale) * Math.min(1, speed / TOP_KPH);
    if (last === undefined || time - last > LONGEST_STEP_MILLIS) context.moveTo(x, y);
    else context.lineTo(x, y);
    last = time;
  }
  context.stroke();
}
