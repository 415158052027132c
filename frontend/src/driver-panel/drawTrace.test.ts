import { expect, test } from "vitest";
import { drawTrace } from "./drawTrace";

function recording() {
  const calls: string[] = [];
  const point = (name: string) => (x: number, y: number) =>
    calls.push(`${name} ${Math.round(x)} ${Math.round(y)}`);
  const context = {
    clearRect: () => {},
    beginPath: () => {},
    moveTo: point("move"),
    lineTo: point("line"),
    stroke: () => calls.push("stroke"),
  };
  return { calls, context: context as unknown as CanvasRenderingContext2D };
}

test("the last minute is drawn up to the playhead, with a gap where no sample is", () => {
  const { calls, context } = recording();
  const times = [10_000, 40_000, 41_000, 50_000, 51_000, 90_000];
  const speedKph = [100, 350, 175, undefined, 0, 300];
  drawTrace(context, { times, speedKph }, 80_000, { width: 600, height: 102, scale: 1 });
  expect(calls).toEqual(["move 200 1", "line 210 51", "move 310 101", "stroke"]);
});
