import { create } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { TelemetryBatchSchema } from "../gen/racetime/v1/motion_pb";
import { createTelemetry } from "./telemetry";
import { append, dropBefore, emptyColumns, readingAt } from "./telemetryColumns";
import type { WatchStart } from "./watchRace";

const batch = (raceOffsetMillis: number, init: object = {}) =>
  create(TelemetryBatchSchema, {
    driverNumber: 4,
    raceOffsetMillis,
    stepMillis: [200, 200],
    speedKph: [300, -10, -20],
    gears: [8, 7, 6],
    throttlePercent: [100, -100, 0],
    brakes: [false, true, true],
    engineSpeedDecarpm: [1100, -50, 10],
    ...init,
  });

test("batches are unpacked into columns; what is known already or not told stays out", () => {
  const columns = emptyColumns();
  append(columns, batch(1000));
  append(columns, batch(1200, { gears: [] }));
  expect(columns.times).toEqual([1000, 1200, 1400, 1600]);
  expect(columns.speedKph).toEqual([300, 290, 270, 270]);
  expect(columns.engineRpm).toEqual([11_000, 10_500, 10_600, 10_600]);
  expect(columns.gear).toEqual([8, 7, 6, undefined]);
  expect(columns.aiding).toEqual([undefined, undefined, undefined, undefined]);
  dropBefore(columns, 1300);
  expect([columns.times, columns.braking]).toEqual([
    [1400, 1600],
    [true, true],
  ]);
});

test("speeds are read between samples, gears as of the one before, nothing far from any", () => {
  const columns = emptyColumns();
  append(columns, batch(1000));
  expect(readingAt(columns, 1100)).toMatchObject({
    speedKph: 295,
    gear: 8,
    throttlePercent: 50,
    braking: false,
  });
  expect(readingAt(columns, 900)).toBeUndefined();
  expect(readingAt(columns, 2000)?.speedKph).toBe(270);
  expect(readingAt(columns, 9000)).toBeUndefined();
});

function made() {
  let changed = (): void => {};
  let start: WatchStart | undefined = {};
  const end = vi.fn();
  const watch = vi.fn((_: WatchStart, __: readonly number[]) => end);
  const look = vi.fn((_: WatchStart, __: readonly number[]) => () => {});
  const telemetry = createTelemetry({
    clock: { now: () => 1200, speed: () => 1 },
    startNow: () => start,
    standsAt: () => ({ sessionKey: 9 }),
    subscribe: (onChange) => {
      changed = onChange;
    },
    watch,
    look,
    wall: () => 0,
    schedule: (run) => run(),
  });
  const move = (next: WatchStart | undefined): void => {
    start = next;
    changed();
  };
  return { telemetry, watch, look, end, move };
}

test("a stream is open while something shows a driver, once for all who do", () => {
  const { telemetry, watch, end } = made();
  const stops = [telemetry.follow(4), telemetry.follow(4), telemetry.follow(81)];
  expect(watch.mock.calls.map(([, drivers]) => drivers)).toEqual([[4], [4, 81]]);
  for (const stop of stops) stop();
  expect(watch).toHaveBeenCalledTimes(3);
  expect(end).toHaveBeenCalledTimes(3);
});

test("it goes where the page goes, and looks once where the page stands still", () => {
  const { telemetry, watch, look, move } = made();
  move({ sessionKey: 1 });
  expect(watch).not.toHaveBeenCalled();
  telemetry.follow(4);
  move({ sessionKey: 2 });
  expect(watch.mock.calls.at(-1)?.[0]).toEqual({ sessionKey: 2 });
  move(undefined);
  expect(look).toHaveBeenCalledWith({ sessionKey: 9 }, [4]);
});

test("what is shown is never of after the playhead, and another time begins anew", () => {
  const { telemetry } = made();
  telemetry.add([batch(1000), batch(1600)], true);
  expect(telemetry.shownMillis(60_000)).toBeLessThanOrEqual(1200);
  telemetry.add([batch(500)], true);
  expect(telemetry.columns(4)?.times).toEqual([500, 700, 900]);
  expect(telemetry.columns(81)).toBeUndefined();
});
