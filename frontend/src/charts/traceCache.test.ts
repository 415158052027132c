import { create } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { TelemetryBatchSchema } from "../gen/racetime/v1/motion_pb";
import { createTraceCache } from "./traceCache";

const wish = {
  sessionKey: 7,
  originMillis: 0,
  driverNumber: 4,
  startMillis: 0,
  endMillis: 90_000,
  playheadMillis: 90_000,
};
const batch = create(TelemetryBatchSchema, { driverNumber: 4 });
const { signal } = new AbortController();

test("a lap is read once", async () => {
  const read = vi.fn(async () => [batch]);
  const cache = createTraceCache(read);
  expect(await cache.get("a", wish, signal)).toEqual([batch]);
  expect(await cache.get("a", wish, signal)).toEqual([batch]);
  await cache.get("b", wish, signal);
  expect(read).toHaveBeenCalledTimes(2);
});

test("what failed, was ended or brought nothing is read again", async () => {
  const ended = new AbortController();
  ended.abort();
  const read = vi
    .fn<() => Promise<(typeof batch)[]>>()
    .mockRejectedValueOnce(new Error("gone"))
    .mockResolvedValueOnce([])
    .mockResolvedValue([batch]);
  const cache = createTraceCache(read);
  await expect(cache.get("a", wish, signal)).rejects.toThrow("gone");
  expect(await cache.get("a", wish, signal)).toEqual([]);
  await cache.get("a", wish, ended.signal);
  expect(await cache.get("a", wish, signal)).toEqual([batch]);
  expect(read).toHaveBeenCalledTimes(4);
});
