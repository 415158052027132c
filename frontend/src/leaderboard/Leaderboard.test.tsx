import { create } from "@bufbuild/protobuf";
import { act, fireEvent, render, screen, within } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { FIELD } from "../fixtures/field";
import { FIXTURES } from "../fixtures/fixtures";
import { CarState } from "../gen/racetime/v1/car_pb";
import { type RaceState, RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { createRace } from "../live/race";
import { RaceContext } from "../live/useRace";
import { resetChoices } from "../settings/keptStore";
import { createPage, PageContext } from "../ui/page";
import { leaderboardChoices } from "./choices";
import type { CellProps, Column } from "./columns";
import { Leaderboard } from "./Leaderboard";
import { planSlides } from "./planSlides";

const rendered = vi.hoisted((): string[] => []);

/** All columns, with a note of every time that a cell is rendered. */
vi.mock("./columns", async (original) => {
  const columns = await original<typeof import("./columns")>();
  const noted = Object.entries<Column>(columns.COLUMNS).map(([name, column]) => {
    const { Cell } = column;
    // Called instead of placed, so that what the cell itself subscribes to counts, too.
    const draw = typeof Cell === "function" ? Cell : (Cell as { type: typeof Cell }).type;
    const Noted = (props: CellProps) => {
      rendered.push(`${props.driverNumber} ${name}`);
      return (draw as (props: CellProps) => ReactNode)(props);
    };
    return [name, { ...column, Cell: Noted }];
  });
  return { ...columns, COLUMNS: Object.fromEntries(noted) };
});

beforeEach(resetChoices);

function show(state: RaceState | undefined) {
  const race = createRace({ initial: { state }, schedule: (publish) => publish() });
  const page = createPage();
  render(
    <RaceContext value={race}>
      <PageContext value={page}>
        <Leaderboard />
      </PageContext>
    </RaceContext>,
  );
  return { race, page };
}

const rows = () => within(screen.getByTestId("leaderboard")).getAllByRole("row").slice(1);
const row = (driverNumber: number): HTMLElement => {
  const found = rows().find((element) => element.dataset.driver === String(driverNumber));
  if (found === undefined) throw new Error(`no row of ${driverNumber}`);
  return found;
};
const cell = (driverNumber: number, name: string) =>
  row(driverNumber).querySelector(`[data-cell="${name}"]`)?.textContent;

test("a row a driver, in the order of places", () => {
  show(FIXTURES.race?.().state);
  expect(rows().map((element) => Number(element.dataset.driver))).toEqual(FIELD);
  expect(rows().map((element) => element.dataset.position)).toEqual(
    FIELD.map((_, index) => String(index + 1)),
  );
});

test("the cells tell what the state says", () => {
  show(FIXTURES.race?.().state);
  expect(cell(4, "interval")).toBe("LEADER");
  expect(cell(4, "driver")).toBe("SAL Salmela");
  expect(cell(5, "best")).toBe("1:22.167");
  expect(cell(41, "gap")).toBe("+1 LAP");
  expect(cell(60, "gap")).toBe("+2 LAPS");
  expect(cell(71, "status")).toBe("PIT+5s");
  expect(cell(77, "status")).toBe("OUT L33");
  expect(row(5).querySelector('[data-cell="best"] [data-mark="best"]')).not.toBeNull();
});

test("what is not known is a dash with a reason, never a zero", () => {
  show(FIXTURES.unknown?.().state);
  for (const name of ["position", "interval", "gap", "last", "best", "tyre", "stops"]) {
    const element = row(8).querySelector(`[data-cell="${name}"]`);
    expect(element?.textContent, name).toBe("–");
    expect(element?.getAttribute("title"), name).toBeTruthy();
  }
});

test("a qualifying shows best laps, gaps to the best, no intervals, and where the cut is", () => {
  show(FIXTURES.qualifying?.().state);
  expect(cell(17, "gap")).toBe("+0.137");
  expect(row(17).querySelector('[data-cell="interval"]')).toBeNull();
  expect(row(14).className).toMatch(/lastSafe/);
});

test("a change of place moves the row", () => {
  const { race } = show(FIXTURES.race?.().state);
  const positions = { 4: { position: 2 }, 17: { position: 1 } };
  act(() => race.sink.update(create(RaceStateSchema, { positions }), {}, 0));
  expect(rows()[0]?.dataset.driver).toBe("17");
  expect(cell(17, "interval")).toBe("LEADER");
});

test("an update renders the cells that it touches and no others", () => {
  const { race } = show(FIXTURES.race?.().state);
  rendered.length = 0;
  const gap = { gapToLeader: { case: "gapToLeaderMillis" as const, value: 1234 } };
  act(() => race.sink.update(create(RaceStateSchema, { gaps: { 17: gap } }), {}, 0));
  expect(cell(17, "gap")).toBe("1.234");
  expect(new Set(rendered)).toEqual(new Set(["17 gap", "17 interval"]));
});

test("an update of what the table does not show renders none of it", () => {
  const { race } = show(FIXTURES.race?.().state);
  rendered.length = 0;
  const weather = { airTemperatureCelsius: 31 };
  act(() => race.sink.update(create(RaceStateSchema, { weather }), {}, 0));
  expect(rendered).toEqual([]);
});

test("a click selects a driver, another one lets go", () => {
  const { page } = show(FIXTURES.race?.().state);
  fireEvent.click(row(8));
  expect(page.getState().selectedDriver).toBe(8);
  expect(row(8).getAttribute("aria-selected")).toBe("true");
  fireEvent.click(row(8));
  expect(page.getState().selectedDriver).toBeUndefined();
});

test("of a great reshuffle at most three rows slide, those that moved farthest", () => {
  expect(planSlides([1, 2, 3, 4, 5], [5, 1, 2, 3, 4])).toHaveLength(3);
  expect(planSlides([1, 2, 3], [1, 3, 2])).toEqual([
    { driverNumber: 3, places: -1 },
    { driverNumber: 2, places: 1 },
  ]);
  expect(planSlides([1], [1, 9])).toEqual([]);
});

test("arrows go from row to row, f follows a driver, who is pinned when wanted", () => {
  show(FIXTURES.race?.().state);
  row(8).focus();
  fireEvent.keyDown(row(8), { key: "ArrowDown" });
  expect(document.activeElement).toBe(row(21));
  fireEvent.keyDown(row(21), { key: "f" });
  expect(within(row(21)).getByRole("button", { pressed: true })).toBeTruthy();
  act(() => leaderboardChoices.setState({ pinFavourites: true }));
  expect(rows()[0]?.dataset).toMatchObject({ driver: "21", position: "4" });
});

test("columns are those chosen, and dashes have reasons in each", () => {
  leaderboardChoices.setState({ race: ["bs1", "q1", "speed", "laps", "limits", "net", "closing"] });
  show(FIXTURES.unknown?.().state);
  const cells = [...row(8).querySelectorAll<HTMLElement>("td")];
  expect(cells.map((element) => element.dataset.cell)).toEqual([
    ...["position", "driver", "bs1", "q1", "speed", "laps", "limits", "net", "closing"],
  ]);
  for (const element of cells.slice(2))
    expect([element.textContent, element.title]).toEqual(["–", "Not known"]);
});

test("gaps are told from the selected driver when wanted", () => {
  leaderboardChoices.setState({ relativeGaps: true });
  const { page } = show(FIXTURES.race?.().state);
  act(() => page.setState({ selectedDriver: 17 }));
  expect(cell(17, "gap")).toBe("");
  expect(cell(4, "gap")).toMatch(/^−\d+\.\d{3}$/);
  expect(cell(8, "gap")).toMatch(/^\+\d+\.\d{3}$/);
});

test("the messages behind a mark are in a popover, which selects no driver", () => {
  const { page } = show(FIXTURES.race?.().state);
  const popover = row(71).querySelector<HTMLElement>("[popover]");
  if (popover === null) throw new Error("no popover");
  fireEvent(popover, Object.assign(new Event("toggle"), { newState: "open" }));
  expect(popover.textContent).toMatch(/PENALTY/);
  fireEvent.click(popover);
  fireEvent.click(within(row(71)).getByText("+5s"));
  expect(page.getState().selectedDriver).toBeUndefined();
});

test("of 20 cars 15 go on, and who was knocked out is dim and told so", () => {
  const state = FIXTURES.qualifying?.().state;
  if (state === undefined) throw new Error("no fixture");
  for (const driverNumber of FIELD.slice(20)) {
    delete state.drivers[driverNumber];
    delete state.positions[driverNumber];
  }
  Object.assign(state.qualifying ?? {}, { cutPositions: { 1: 15 } });
  const last = FIELD[19] ?? 0;
  Object.assign(state.statuses[last] ?? {}, { state: CarState.KNOCKED_OUT });
  show(state);
  expect(rows()).toHaveLength(20);
  expect(row(FIELD[14] ?? 0).className).toMatch(/lastSafe/);
  expect(row(last).className).toMatch(/gone/);
  expect(cell(last, "status")).toBe("KNOCKED OUT");
});

test("on a phone a chosen row opens what it has no room for, and the arrows pass over it", async () => {
  vi.spyOn(window, "matchMedia").mockReturnValue({
    ...window.matchMedia("(max-width: 47.99rem)"),
    matches: true,
    addEventListener: () => {},
    removeEventListener: () => {},
  });
  show(FIXTURES.race?.().state);
  fireEvent.keyDown(row(71), { key: "Enter" });
  const more = screen.getByTestId("row-more");
  expect(row(71).getAttribute("aria-describedby")).toBe(more.id);
  expect(within(more).getByText("Last")).toBeTruthy();
  expect(await within(more).findByLabelText("Stewards", {}, { timeout: 10_000 })).toBeTruthy();
  expect(more.querySelector('[data-cell="s1"]')?.textContent).toMatch(/\d+\.\d{3}|–/);
  row(71).focus();
  fireEvent.keyDown(row(71), { key: "ArrowDown" });
  expect((document.activeElement as HTMLElement).dataset.driver).toBe(
    String(FIELD[FIELD.indexOf(71) + 1]),
  );
  vi.restoreAllMocks();
});
