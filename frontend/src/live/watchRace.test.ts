import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  RaceService,
  type WatchRaceRequest,
  type WatchRaceResponseSchema,
} from "../gen/racetime/v1/race_service_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import type { RaceSink } from "./watchRace";
import { watchRace } from "./watchRace";

type Response = MessageInitShape<typeof WatchRaceResponseSchema>;
/** What one call of WatchRace does: sends these, then ends, fails or hangs. */
type Script = { send: Response[]; finish: "end" | "hang" | ConnectError };

const snapshot = (sequence: number, state = {}, sessionKey = 7): Response => ({
  sequence,
  sessionKey,
  logRevision: 1,
  body: { case: "snapshot", value: create(RaceStateSchema, { session: { sessionKey }, ...state }) },
});
const update = (sequence: number, rest: Response = {}): Response => ({
  sequence,
  body: { case: "update", value: create(RaceStateSchema, { progress: { currentLap: sequence } }) },
  ...rest,
});
const heartbeat: Response = {
  sequence: 3,
  body: { case: "heartbeat", value: { periodMillis: 1000 } },
};

let stop = (): void => {};
beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  stop();
  vi.useRealTimers();
});

function start(scripts: Script[]) {
  const requests: WatchRaceRequest[] = [];
  const circuitKeys: number[] = [];
  const told: string[] = [];
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
      getCircuit({ circuitKey }) {
        circuitKeys.push(circuitKey);
        if (circuitKeys.length === 1) throw new ConnectError("not yet", Code.Unavailable);
        return { circuit: { circuitKey, circuitShortName: "Lakeside" } };
      },
    });
  });
  const sink: RaceSink = {
    snapshot: (state, times) =>
      told.push(`snapshot ${state.session?.sessionKey} ${times.originMillis ?? ""}`.trim()),
    update: (partial) => told.push(`update ${partial.progress?.currentLap}`),
    heard: () => {},
    lost: (reason) => told.push(`lost: ${reason}`),
    circuit: ({ circuitShortName }) => told.push(`circuit ${circuitShortName}`),
  };
  stop = watchRace({ sink, transport, random: () => 0.5 });
  return { requests, told, circuitKeys };
}

const soon = (millis = 1500): Promise<unknown> => vi.advanceTimersByTimeAsync(millis);

test("after a break it goes on behind the last update it merged", async () => {
  const { requests, told } = start([
    { send: [snapshot(10), update(11), update(13, { firstSequence: 12 })], finish: "end" },
    { send: [update(14)], finish: "hang" },
  ]);
  await soon();
  expect(told).toEqual(["snapshot 7", "update 11", "update 13", "lost: stream ended", "update 14"]);
  expect(requests[0]?.start.case).toBeUndefined();
  expect(requests[1]?.start).toMatchObject({
    case: "after",
    value: { sessionKey: 7, logRevision: 1, sequence: 13 },
  });
});

test("an update that it holds already is passed over", async () => {
  const { told } = start([{ send: [snapshot(10), update(10), update(11)], finish: "hang" }]);
  await soon();
  expect(told).toEqual(["snapshot 7", "update 11"]);
});

test("a hole in the sequence is never merged over: it asks again", async () => {
  const { requests, told } = start([
    { send: [snapshot(10), update(13)], finish: "hang" },
    { send: [update(13, { firstSequence: 11 })], finish: "hang" },
  ]);
  await soon();
  expect(told).toEqual(["snapshot 7", "lost: out of step", "update 13"]);
  expect(requests[1]?.start.value).toMatchObject({ sequence: 10 });
});

test("a heartbeat counts updates as merged that held nothing for its lanes", async () => {
  const { told } = start([
    {
      send: [snapshot(1), heartbeat, update(5, { firstSequence: 4 })],
      finish: "hang",
    },
  ]);
  await soon(100);
  expect(told).toEqual(["snapshot 7", "update 5"]);
});

test("three silent heartbeat periods end the stream, and it is asked for again at once", async () => {
  const { requests, told } = start([
    { send: [snapshot(3), heartbeat], finish: "hang" },
    { send: [], finish: "hang" },
  ]);
  await soon(2900);
  expect(requests).toHaveLength(1);
  await soon(300);
  expect(requests).toHaveLength(2);
  expect(told.at(-1)).toBe("lost: nothing heard");
});

test("a draining server is left at once", async () => {
  const { requests } = start([
    {
      send: [snapshot(3), { body: { case: "draining", value: { deadlineMillis: 5000 } } }],
      finish: "hang",
    },
    { send: [], finish: "hang" },
  ]);
  await soon(60);
  expect(requests).toHaveLength(2);
  expect(requests[1]?.start.value).toMatchObject({ sequence: 3 });
});

test("a changed session starts anew with its snapshot", async () => {
  const change: Response = {
    body: { case: "sessionChange", value: { previousSessionKey: 7, sessionKey: 8 } },
  };
  const { requests, told } = start([
    { send: [snapshot(3), change, snapshot(1, {}, 8)], finish: "end" },
    { send: [], finish: "hang" },
  ]);
  await soon();
  expect(told).toEqual(["snapshot 7", "snapshot 8", "lost: stream ended"]);
  expect(requests[1]?.start.value).toMatchObject({ sessionKey: 8, sequence: 1 });
});

test("without a session it waits longer and longer, and forgets where it was", async () => {
  const none: Script = { send: [], finish: new ConnectError("none", Code.NotFound) };
  const { requests, told } = start([none, none, none, { send: [snapshot(1)], finish: "hang" }]);
  await soon(400);
  expect(requests).toHaveLength(2);
  await soon(6000);
  expect(told).toEqual(["lost: no session", "lost: no session", "lost: no session", "snapshot 7"]);
  expect(requests.every((request) => request.start.case === undefined)).toBe(true);
});

test("the outline is fetched when the state points at another, again until it comes", async () => {
  const circuit = { circuit: { circuitKey: 9, revision: 1 } };
  const { told, circuitKeys } = start([
    { send: [snapshot(1, circuit), update(2)], finish: "hang" },
  ]);
  await soon();
  expect(told).toContain("circuit Lakeside");
  expect(circuitKeys).toEqual([9, 9]);
});

test("an outline that a snapshot lacked is fetched again when it comes back", async () => {
  const circuit = { circuit: { circuitKey: 9, revision: 1 } };
  const { told } = start([
    { send: [snapshot(1, circuit)], finish: "end" },
    { send: [update(2)], finish: "end" },
    { send: [snapshot(1), snapshot(2, circuit)], finish: "hang" },
  ]);
  await soon(6000);
  expect(told.filter((word) => word === "circuit Lakeside")).toHaveLength(2);
});

test("instants become milliseconds", async () => {
  const session = { sessionKey: 7, originTime: timestampFromMs(1_742_098_714_543) };
  const { told } = start([{ send: [snapshot(1, { session })], finish: "hang" }]);
  await soon();
  expect(told).toEqual(["snapshot 7 1742098714543"]);
});
