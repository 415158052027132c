import { create } from "@bufbuild/protobuf";
import { act, fireEvent, render, screen, within } from "@testing-library/react";
import type { ComponentType } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { FIELD } from "../fixtures/field";
import { FIXTURES } from "../fixtures/fixtures";
import { NOW_MILLIS } from "../fixtures/raceHistory";
import { madeUpRace, TIMES } from "../fixtures/raceState";
import { TelemetryBatchSchema } from "../gen/racetime/v1/motion_pb";
import { readTelemetry } from "../live/lapTelemetry";
import { createRace } from "../live/race";
import { RaceContext } from "../live/useRace";
import { resetChoices } from "../settings/keptStore";
import { createPage, PageContext } from "../ui/page";
import { type ChartParts, createChart } from "./createChart";
import { GapChart } from "./GapChart";
import { HeadToHead } from "./HeadToHead";
import { LapChart } from "./LapChart";
import { LapTimes } from "./LapTimes";
import { RaceTrace } from "./RaceTrace";
import { StrategyChart } from "./StrategyChart";

// There is no canvas here: the chart stands for what it was given.
vi.mock("./createChart", () => ({ createChart: vi.fn() }));
vi.mock("../live/lapTelemetry", () => ({ readTelemetry: vi.fn() }));

const drawn: ChartParts[] = [];
const updates = vi.fn();
const points: (number | undefined)[] = [];

beforeEach(() => {
  resetChoices();
  drawn.length = 0;
  points.length = 0;
  updates.mockClear();
  vi.mocked(createChart).mockImplementation((parts) => {
    drawn.push(parts);
    return {
      update: updates,
      resize: () => {},
      redraw: () => {},
      point: (index) => points.push(index),
      destroy: () => {},
    };
  });
});

function show(Panel: ComponentType, state = madeUpRace()) {
  const race = createRace({ schedule: (publish) => publish() });
  race.sink.snapshot(state, TIMES, NOW_MILLIS);
  const page = createPage({ theme: "dark" });
  render(
    <RaceContext value={race}>
      <PageContext value={page}>
        <Panel />
      </PageContext>
    </RaceContext>,
  );
  return { race, page };
}

test.each([
  ["lap-chart", LapChart],
  ["gap-chart", GapChart],
  ["race-trace", RaceTrace],
])("%s draws the field, and tells the same as a table", (testId, Panel) => {
  show(Panel);
  expect(drawn[0]?.model.lines.length).toBeGreaterThan(20);
  expect(drawn[0]?.model.spans.map(({ letter }) => letter)).toEqual(["Y", "SC", "VSC"]);
  const panel = within(screen.getByTestId(testId));
  fireEvent.click(panel.getByRole("button", { name: "Table" }));
  expect(panel.getAllByRole("columnheader")).toHaveLength((drawn[0]?.model.lines.length ?? 0) + 1);
  expect(panel.getByRole("row", { name: /^L44 / })).toBeDefined();
});

test("lap times begin with three drivers, and letters on every point", () => {
  show(LapTimes);
  expect(drawn[0]?.model.lines).toHaveLength(3);
  const marks = drawn[0]?.model.lines[0]?.marks ?? [];
  expect(new Set(marks.map((mark) => mark?.letter))).toEqual(new Set(["M", "H", "S"]));
});

test("arrow keys move the crosshair, which reads out the values", () => {
  show(GapChart);
  const slider = screen.getByRole("slider", { name: "Gap to leader" });
  expect(slider.getAttribute("aria-valuetext")).toMatch(/^L44: [A-Z]{3} /);
  fireEvent.keyDown(slider, { key: "ArrowLeft" });
  fireEvent.keyDown(slider, { key: "Home" });
  fireEvent.keyDown(slider, { key: "a" });
  const last = (drawn[0]?.model.x.length ?? 0) - 1;
  expect(points).toEqual([last - 1, 0]);
});

test("a driver selected stands out, and the chart is fed and not built anew when laps come", async () => {
  const { race, page } = show(GapChart);
  const state = madeUpRace();
  state.laps[4045] = { ...state.laps[4045], lapMillis: 83_000 } as NonNullable<
    (typeof state.laps)[0]
  >;
  const fed = updates.mock.calls.length;
  race.sink.update(state, {}, NOW_MILLIS + 1_000);
  await vi.waitFor(() => expect(updates.mock.calls.length).toBeGreaterThan(fed));
  expect(drawn).toHaveLength(1);
  page.setState({ selectedDriver: 4 });
  await vi.waitFor(() => expect(drawn).toHaveLength(2));
  expect(drawn[1]?.model.lines.find(({ key }) => key === "4")?.weight).toBe("strong");
});

test("stints are told in words, by driver in the order of the race", () => {
  show(StrategyChart);
  const rows = screen.getAllByRole("listitem").filter((row) => row.dataset.driver);
  expect(rows).toHaveLength(22);
  expect(rows[0]?.textContent).toContain("used for 3 laps");
  expect(rows[0]?.textContent).toMatch(/in the lane/);
});

test("best times of a duel are marked, and a driver can be put in", () => {
  show(HeadToHead);
  fireEvent.change(screen.getByRole("combobox", { name: "Driver 3" }), { target: { value: "8" } });
  fireEvent.click(screen.getByRole("tab", { name: "Best times" }));
  const row = screen.getByRole("row", { name: /^Sector 1/ });
  expect(within(row).getAllByRole("cell")).toHaveLength(3);
  expect(row.querySelectorAll("[data-best]")).toHaveLength(1);
});

test("before the first lap charts say that there is none", () => {
  const state = madeUpRace();
  Object.assign(state, { laps: {}, stints: {}, positions: {}, trackPeriods: {} });
  show(GapChart, state);
  expect(screen.getByText("No laps have been driven yet")).toBeDefined();
});

test("what is compared lap by lap in a race is not drawn where lap times rank", () => {
  show(GapChart, FIXTURES.qualifying?.().state);
  expect(screen.getByText(/ranked by lap time/)).toBeDefined();
  expect(drawn).toHaveLength(0);
});

test("where who is followed had other tyres fitted is marked, and a line clicked selects its driver", () => {
  const { page } = show(LapChart);
  act(() => page.setState({ selectedDriver: 4 }));
  const line = drawn.at(-1)?.model.lines.find(({ key }) => key === "4");
  expect(line?.marks?.flatMap((mark) => mark?.letter ?? [])).toEqual(["H", "S"]);
  act(() => drawn.at(-1)?.onPick("8"));
  expect(page.getState().selectedDriver).toBe(8);
});

test("telemetry of a duel is drawn over the lap; a source without any says so", async () => {
  vi.mocked(readTelemetry).mockImplementation(async ({ driverNumber, startMillis, endMillis }) =>
    driverNumber === FIELD[0] ? [steadyLap(driverNumber, startMillis, endMillis)] : [],
  );
  show(HeadToHead);
  fireEvent.click(screen.getByRole("tab", { name: "Telemetry" }));
  expect(await screen.findByText("no telemetry from this source")).toBeDefined();
  const channels = drawn
    .slice(-4)
    .map(({ host }) => host.parentElement?.getAttribute("aria-label"));
  expect(channels).toEqual(["Speed, km/h", "Throttle", "Brake", "Gear"]);
  const [wish] = vi.mocked(readTelemetry).mock.calls[0] ?? [];
  expect(wish?.endMillis).toBeLessThanOrEqual(wish?.playheadMillis ?? 0);
});

function steadyLap(driverNumber: number, startMillis: number, endMillis: number) {
  const steps = Math.floor((endMillis - startMillis) / 250);
  return create(TelemetryBatchSchema, {
    driverNumber,
    raceOffsetMillis: startMillis,
    stepMillis: Array(steps).fill(250),
    speedKph: [200, ...Array(steps).fill(0)],
  });
}
