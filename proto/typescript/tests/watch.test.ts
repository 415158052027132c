import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  RaceService,
  RaceStateSchema,
  type WatchOptions,
  type WatchRaceRequest,
  type WatchRaceResponseSchema,
  watch,
} from "../src/index.js";

type Response = MessageInitShape<typeof WatchRaceResponseSchema>;
/** What one call of WatchRace does: sends these, then ends, fails or hangs. */
type Script = { send: Response[]; finish: "end" | "hang" | ConnectError };

const ORIGIN_MILLIS = 1_742_098_714_000;
const snapshot = (sequence: number, state = {}): Response => ({
  sequence,
  sessionKey: 7,
  logRevision: 1,
  raceOffsetMillis: 1000 * sequence,
  body: {
    case: "snapshot",
    value: create(RaceStateSchema, {
      session: { sessionKey: 7, originTime: timestampFromMs(ORIGIN_MILLIS) },
      ...state,
    }),
  },
});
const update = (sequence: number, state = {}): Response => ({
  sequence,
  raceOffsetMillis: 1000 * sequence,
  body: { case: "update", value: create(RaceStateSchema, state) },
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start(scripts: Script[], options: WatchOptions = {}) {
  const requests: WatchRaceRequest[] = [];
  const transport = createRouterTransport(({ service }) => {
    service(RaceService, {
      async *watchRace(request, { signal }) {
        const script = scripts[requests.length];
        requests.push(request);
        for (const response of script?.send ?? []) yield response;
        if (script?.finish instanceof ConnectError) throw script.finish;
        if (script?.finish === "end") return;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    });
  });
  return { requests, races: watch("http://localhost", { ...options, transport }) };
}

async function next<T>(generator: AsyncGenerator<T, void>): Promise<T> {
  const coming = generator.next();
  await vi.advanceTimersByTimeAsync(1000);
  const { value, done } = await coming;
  if (done) throw new Error("the watch has ended");
  return value as T;
}

test("it merges, and goes on after a break behind what it has", async () => {
  const places = (first: number, second: number) => ({
    positions: { [first]: { position: 1 }, [second]: { position: 2 } },
  });
  const { requests, races } = start([
    {
      send: [snapshot(1, places(44, 16)), update(2, { progress: { currentLap: 5 } })],
      finish: "end",
    },
    { send: [update(3, places(16, 44))], finish: "hang" },
  ]);
  const first = await next(races);
  expect([first.sequence, first.order()]).toEqual([1, [44, 16]]);
  const second = await next(races);
  expect([second.state.progress?.currentLap, second.order()]).toEqual([5, [44, 16]]);
  expect(second.raceTime).toEqual(new Date(ORIGIN_MILLIS + 2000));
  const third = await next(races);
  expect([third.sequence, third.order(), third.state.progress?.currentLap]).toEqual([
    3,
    [16, 44],
    5,
  ]);
  expect(first.order()).toEqual([44, 16]);
  expect(requests[1]?.start).toMatchObject({
    case: "after",
    value: { sessionKey: 7, logRevision: 1, sequence: 2 },
  });
  await races.return();
});

test("a delay is asked for again as it was, a replay from where it was", async () => {
  const script: Script[] = [
    { send: [snapshot(4)], finish: "end" },
    { send: [snapshot(5)], finish: "hang" },
  ];
  const delayed = start(script, { delayMillis: 30_000 });
  await next(delayed.races);
  await next(delayed.races);
  expect(delayed.requests[1]?.start).toEqual({ case: "delayMillis", value: 30_000 });
  await delayed.races.return();
  const replayed = start(script, { sessionKey: 7, start: new Date(ORIGIN_MILLIS), speed: 10 });
  await next(replayed.races);
  await next(replayed.races);
  expect(replayed.requests.map(({ start }) => start.value)).toEqual([
    timestampFromMs(ORIGIN_MILLIS),
    timestampFromMs(ORIGIN_MILLIS + 4000),
  ]);
  expect(replayed.requests[1]).toMatchObject({ sessionKey: 7, speed: 10 });
  await replayed.races.return();
});

test("what heals is asked for again, what does not is thrown", async () => {
  const { requests, races } = start([
    { send: [], finish: new ConnectError("busy", Code.Unavailable) },
    { send: [snapshot(1)], finish: new ConnectError("none", Code.NotFound) },
  ]);
  expect((await next(races)).sequence).toBe(1);
  await expect(races.next()).rejects.toMatchObject({ code: Code.NotFound });
  expect(requests).toHaveLength(2);
});

test("its signal ends it", async () => {
  const stop = new AbortController();
  const { races } = start([{ send: [snapshot(1)], finish: "hang" }], { signal: stop.signal });
  await next(races);
  const ending = races.next();
  stop.abort();
  expect(await ending).toEqual({ value: undefined, done: true });
});

test("old positions are let go", async () => {
  const motion = (second: number) => ({ motion: [{ raceOffsetMillis: 1000 * second }] });
  const send = [snapshot(1, motion(1)), update(2, motion(2)), update(32, motion(32))];
  send[2] = { ...send[2], firstSequence: 3 };
  const { races } = start([{ send, finish: "hang" }]);
  await next(races);
  expect((await next(races)).state.motion).toHaveLength(2);
  expect((await next(races)).state.motion.map((batch) => batch.raceOffsetMillis)).toEqual([
    2000, 32_000,
  ]);
  await races.return();
});
