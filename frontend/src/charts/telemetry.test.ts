import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { TelemetryBatchSchema } from "../gen/racetime/v1/motion_pb";
import { channelModel, deltaModel, distancesOf } from "./duelModels";
import type { Entrant } from "./entrants";
import { resampled, samplesOf, timeDelta, traceOfLap } from "./telemetry";

const STEPS = 40;

/** A car at a steady speed, 4 times a second. */
function steady(driverNumber: number, startMillis: number, kph: number) {
  return create(TelemetryBatchSchema, {
    driverNumber,
    raceOffsetMillis: startMillis,
    stepMillis: Array(STEPS).fill(250),
    speedKph: [kph, ...Array(STEPS).fill(0)],
    gears: [...Array(STEPS / 2).fill(3), ...Array(STEPS / 2 + 1).fill(4)],
    throttlePercent: [50, ...Array(STEPS).fill(1)],
  });
}

test("samples are unpacked from differences; what the feed does not tell is null", () => {
  const samples = samplesOf([steady(4, 1_000, 180), steady(81, 1_000, 99)], 4);
  expect(samples).toHaveLength(STEPS + 1);
  expect(samples[2]).toEqual({
    raceOffsetMillis: 1_500,
    speedKph: 180,
    gear: 3,
    throttlePercent: 52,
    brake: null,
    aid: null,
    engineRpm: null,
  });
});

const lapOf = (kph: number, endMillis: number, lengthMeters?: number) =>
  traceOfLap(samplesOf([steady(4, 1_000, kph)], 4), 1_000, endMillis, lengthMeters) ?? fail();

function fail(): never {
  throw new Error("no trace");
}

test("distance is speed over time, stretched to the circuit's length", () => {
  expect(lapOf(180, 11_000).distanceMeters.at(-1)).toBeCloseTo(500);
  expect(lapOf(180, 11_000, 520).distanceMeters.at(-1)).toBeCloseTo(520);
  expect(lapOf(180, 12_000, 550).distanceMeters.at(-1)).toBeCloseTo(500); // its last second is not measured
});

test("samples twice, out of order or of another time do no harm; too few are no lap", () => {
  const samples = samplesOf([steady(4, 1_000, 180), steady(4, 1_000, 180)], 4).reverse();
  expect(traceOfLap(samples, 1_000, 11_000, undefined)?.distanceMeters).toEqual(
    lapOf(180, 11_000).distanceMeters,
  );
  expect(traceOfLap(samples, 1_000, 2_000, 500)).toBeUndefined();
  expect(traceOfLap([], 1_000, 11_000, 500)).toBeUndefined();
});

test("channels are read at distances: gears jump, speeds do not, nothing is guessed beyond", () => {
  const trace = lapOf(180, 11_000);
  expect(resampled(trace, "throttlePercent", [0, 6.25, 500, 501])).toEqual([50, 50.5, 90, null]);
  expect(new Set(resampled(trace, "gear", [0, 100, 245, 251]))).toEqual(new Set([3, 4]));
});

test("a slower lap loses time along the distance", () => {
  const [fast, slow] = [lapOf(200, 11_000, 500), lapOf(180, 11_000)];
  const delta = timeDelta(
    slow,
    { ...fast, elapsedSeconds: fast.elapsedSeconds.map((s) => s * 0.9) },
    [0, 250, 500],
  );
  expect(delta.map((value) => (value === null ? null : Math.round(value * 100) / 100))).toEqual([
    0, 0.5, 1,
  ]);
});

test("traces share an axis up to the end of the longest", () => {
  const entrant: Entrant = {
    driverNumber: 4,
    code: "NOR",
    colour: "#fff",
    dashed: false,
    weight: "plain",
  };
  const laps = [180, 90].map((kph) => ({ entrant, trace: lapOf(kph, 11_000) }));
  const x = distancesOf(laps);
  expect([x[0], Math.round(x.at(-1) ?? 0)]).toEqual([0, 500]);
  const speed = channelModel(laps, "speedKph", x);
  expect(speed.lines.map(({ values }) => values.at(-1))).toEqual([180, null]);
  expect(deltaModel(laps, x).lines).toHaveLength(1);
  expect(deltaModel([], x).lines).toEqual([]);
});
