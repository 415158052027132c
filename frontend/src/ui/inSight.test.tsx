import { create } from "@bufbuild/protobuf";
import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FIXTURES } from "../fixtures/fixtures";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { createRace } from "../live/race";
import { RaceContext, useRace, useTicking } from "../live/useRace";
import { everyFrame } from "./everyFrame";
import { setOnTop } from "./inSight";

function show(shown: boolean): void {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => !shown });
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers();
  renders = 0;
});

afterEach(() => {
  setOnTop(false);
  show(true);
  vi.useRealTimers();
});

let renders = 0;

function Lap() {
  renders += 1;
  return <p data-testid="lap">{useRace(({ progress }) => progress?.currentLap)}</p>;
}

function Ticks({ derive }: { derive: (wall: number) => number }) {
  return <p data-testid="ticks">{useTicking(derive)}</p>;
}

function race() {
  const race = createRace({ initial: { state: FIXTURES.race?.().state } });
  const reach = (currentLap: number, afterMillis: number): void =>
    act(() => {
      race.sink.update(create(RaceStateSchema, { progress: { currentLap } }), {}, 0);
      vi.advanceTimersByTime(afterMillis);
    });
  return { race, reach };
}

const text = (name: string): string => screen.getByTestId(name).textContent ?? "";

test("behind another tab nothing is rendered, and all is right as soon as it is shown", () => {
  const { race: held, reach } = race();
  render(
    <RaceContext value={held}>
      <Lap />
    </RaceContext>,
  );
  reach(40, 100);
  expect(text("lap")).toBe("40");
  act(() => show(false));
  const before = renders;
  reach(41, 5_000);
  reach(42, 20); // came just now, and is not even published
  expect([renders, text("lap")]).toEqual([before, "40"]);
  act(() => show(true));
  expect(text("lap")).toBe("42");
});

test("what tells of the race out of sight goes on, more seldom", () => {
  const { race: held, reach } = race();
  const told: (number | undefined)[] = [];
  const stop = held.store.subscribe(({ state }) => told.push(state?.progress?.currentLap));
  show(false);
  for (const lap of [41, 42, 43, 44]) reach(lap, 250);
  stop();
  expect(told).toEqual([44]);
});

test("a window on top keeps the page in sight", () => {
  const { race: held, reach } = race();
  render(
    <RaceContext value={held}>
      <Lap />
    </RaceContext>,
  );
  act(() => setOnTop(true));
  act(() => show(false));
  reach(41, 100);
  expect(text("lap")).toBe("41");
});

test("what ticks stands still out of sight and goes on at once when seen", () => {
  let value = 0;
  const derive = vi.fn(() => value);
  render(<Ticks derive={derive} />);
  act(() => show(false));
  derive.mockClear();
  value = 1;
  act(() => vi.advanceTimersByTime(5_000));
  expect(derive).not.toHaveBeenCalled();
  expect(text("ticks")).toBe("0");
  act(() => show(true));
  expect(text("ticks")).toBe("1");
});

test("behind another tab no frame is asked for", () => {
  const asked = new Map<number, FrameRequestCallback>();
  let next = 0;
  vi.stubGlobal("requestAnimationFrame", (run: FrameRequestCallback) => {
    next += 1;
    asked.set(next, run);
    return next;
  });
  vi.stubGlobal("cancelAnimationFrame", (id: number) => asked.delete(id));
  const frame = (): void => {
    const runs = [...asked.values()];
    asked.clear();
    for (const run of runs) run(0);
  };
  const draw = vi.fn();
  const stop = everyFrame(draw);
  frame();
  frame();
  expect(draw).toHaveBeenCalledTimes(2);
  show(false);
  expect(asked.size).toBe(0);
  show(true);
  frame();
  expect([draw.mock.calls.length, asked.size]).toEqual([3, 1]);
  stop();
  expect(asked.size).toBe(0);
  vi.unstubAllGlobals();
});
