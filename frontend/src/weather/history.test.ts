import { create } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { WeatherSchema } from "../gen/racetime/v1/weather_pb";
import { curveOf, rainSpans } from "./curves";
import { instantsToAsk, readingsUpTo, withReading } from "./history";
import { createWeatherStore } from "./weatherStore";

const MINUTE = 60_000;
const reading = (minute: number, airTemperatureCelsius?: number, raining?: boolean) =>
  create(WeatherSchema, {
    raceOffsetMillis: minute * MINUTE,
    ...(airTemperatureCelsius !== undefined && { airTemperatureCelsius }),
    ...(raining !== undefined && { raining }),
  });

test("readings are kept in the order of time, each once", () => {
  const readings = [5, 1, 3, 3, 9].reduce(
    (held, minute) => withReading(held, reading(minute)),
    [] as ReturnType<typeof withReading>,
  );
  expect(readings.map(({ raceOffsetMillis }) => (raceOffsetMillis ?? 0) / MINUTE)).toEqual([
    1, 3, 5, 9,
  ]);
  expect(withReading(readings, create(WeatherSchema))).toBe(readings);
  expect(readingsUpTo(readings, 4 * MINUTE)).toHaveLength(2);
});

test("only what is not known is asked for, the coarse first, and a short race has few instants", () => {
  expect(instantsToAsk([], 0, 10 * MINUTE)).toEqual([2.5, 7.5, 5, 10].map((at) => at * MINUTE));
  expect(instantsToAsk([reading(5)], 0, 10 * MINUTE)).toEqual(
    [2.5, 7.5, 10].map((at) => at * MINUTE),
  );
  expect(instantsToAsk([], 0, 120 * MINUTE)).toHaveLength(24);
  expect(instantsToAsk([], 0, 0)).toEqual([]);
});

test("a curve has its bounds, and a gap where a reading does not tell", () => {
  const readings = [reading(0, 20), reading(1, 22), reading(2), reading(3, 21)];
  const curve = curveOf(readings, ({ airTemperatureCelsius }) => airTemperatureCelsius);
  expect(curve).toEqual({
    low: 20,
    high: 22,
    newest: 21,
    parts: [
      [
        [0, 20],
        [MINUTE, 22],
      ],
      [[3 * MINUTE, 21]],
    ],
  });
  expect(
    curveOf([reading(0)], ({ airTemperatureCelsius }) => airTemperatureCelsius),
  ).toBeUndefined();
});

test("rain lasts until the reading that tells of none", () => {
  const readings = [
    reading(0, 1, false),
    reading(1, 1, true),
    reading(2, 1, true),
    reading(3, 1, false),
    reading(4, 1, true),
  ];
  expect(rainSpans(readings, 6 * MINUTE)).toEqual([
    [1 * MINUTE, 3 * MINUTE],
    [4 * MINUTE, 6 * MINUTE],
  ]);
});

test("a span is filled once, until told to stop, and not for ever when it fails", async () => {
  const weather = createWeatherStore();
  const span = { sessionKey: 7, originMillis: 1_000_000, from: 0, to: 10 * MINUTE };
  const ask = vi.fn(async ({ epochMillis }: { epochMillis: number }) =>
    reading(Math.floor((epochMillis - 1_000_000) / MINUTE), 20),
  );
  const { signal } = new AbortController();
  await weather.fill(span, ask, signal);
  await weather.fill(span, ask, signal);
  expect(ask).toHaveBeenCalledTimes(4);
  expect(weather.store.getState()[7]).toHaveLength(4);
  const failing = vi.fn(() => Promise.reject(new Error("away")));
  await weather.fill({ ...span, sessionKey: 8, to: 100 * MINUTE }, failing, signal);
  expect(failing).toHaveBeenCalledTimes(3);
  await weather.fill({ ...span, sessionKey: 9 }, ask, AbortSignal.abort());
  expect(ask).toHaveBeenCalledTimes(4);
});
