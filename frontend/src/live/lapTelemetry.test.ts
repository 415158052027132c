import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createRouterTransport } from "@connectrpc/connect";
import { expect, test } from "vitest";
import {
  RaceService,
  type WatchRaceRequest,
  type WatchRaceResponseSchema,
} from "../gen/racetime/v1/race_service_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { Lane } from "../gen/racetime/v1/update_record_pb";
import { readTelemetry } from "./lapTelemetry";

type Response = MessageInitShape<typeof WatchRaceResponseSchema>;

const wish = {
  sessionKey: 7,
  originMillis: 1_000_000,
  driverNumber: 4,
  startMillis: 60_000,
  endMillis: 150_000,
  playheadMillis: 300_000,
};
const batch = (raceOffsetMillis: number, driverNumber = 4) => ({
  driverNumber,
  raceOffsetMillis,
  stepMillis: [250],
  speedKph: [200, 1],
});
const snapshot = (raceOffsetMillis: number, telemetry: object[] = []): Response => ({
  sequence: 1,
  sessionKey: 7,
  logRevision: 1,
  raceOffsetMillis,
  body: {
    case: "snapshot",
    value: create(RaceStateSchema, { session: { sessionKey: 7 }, telemetry }),
  },
});
const update = (sequence: number, raceOffsetMillis: number, telemetry: object[]): Response => ({
  sequence,
  raceOffsetMillis,
  body: { case: "update", value: create(RaceStateSchema, { telemetry }) },
});

/** A server that sends messages and then stays silent until it is left. */
function server(messages: Response[]) {
  const requests: WatchRaceRequest[] = [];
  let leave = (): void => {};
  const left = new Promise<void>((done) => {
    leave = done;
  });
  const transport = createRouterTransport(({ service }) => {
    service(RaceService, {
      async *watchRace(request, { signal }) {
        requests.push(request);
        signal.addEventListener("abort", leave);
        yield* messages;
        await left;
      },
    });
  });
  return { requests, transport, left };
}

const read = (messages: Response[], patienceMillis = 4_000) => {
  const { requests, transport, left } = server(messages);
  const { signal } = new AbortController();
  return { requests, left, batches: readTelemetry(wish, signal, { transport, patienceMillis }) };
};

test("a lap is asked for by its driver alone, and the stream is left at the lap's end", async () => {
  const { requests, batches, left } = read([
    snapshot(60_000),
    update(2, 90_000, [batch(89_000), batch(89_000, 81)]),
    update(3, 151_000, [batch(149_900)]),
  ]);
  expect((await batches).map(({ raceOffsetMillis }) => raceOffsetMillis)).toEqual([
    89_000, 149_900,
  ]);
  await left;
  const [request] = requests;
  expect(request).toMatchObject({ sessionKey: 7, lanes: [Lane.TELEMETRY], driverNumbers: [4] });
  expect(request?.start.case === "raceTime" && timestampMs(request.start.value)).toBe(1_060_000);
});

test("nothing of after the playhead is taken", async () => {
  const { batches } = read([
    snapshot(60_000, [batch(59_000)]),
    update(2, 300_001, [batch(149_900)]),
  ]);
  expect((await batches).map(({ raceOffsetMillis }) => raceOffsetMillis)).toEqual([59_000]);
});

test("a source without telemetry gives none, and is not an error", async () => {
  expect(await read([snapshot(60_000)], 20).batches).toEqual([]);
});

test("a server that cannot be reached is an error", async () => {
  const transport = createRouterTransport(({ service }) => service(RaceService, {}));
  const parts = { transport, random: () => 0, patienceMillis: 20 };
  await expect(readTelemetry(wish, new AbortController().signal, parts)).rejects.toThrow();
});
