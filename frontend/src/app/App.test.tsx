import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FIXTURES } from "../fixtures/fixtures";
import { madeUpBatch } from "../fixtures/moveCars";
import { NOW_MILLIS } from "../fixtures/raceHistory";
import { TIMES } from "../fixtures/raceState";
import { createRace } from "../live/race";
import { stillControl } from "../live/stillControl";
import { createPage } from "../ui/page";
import { App } from "./App";

function show(name: string) {
  const race = createRace({ schedule: (publish) => publish() });
  const fixture = FIXTURES[name]?.();
  if (fixture?.state !== undefined) {
    race.sink.heard();
    race.sink.snapshot(fixture.state, TIMES, NOW_MILLIS);
    if (fixture.circuit !== undefined) race.sink.circuit(fixture.circuit);
    if (fixture.motion) race.motion.add([madeUpBatch(NOW_MILLIS, 10)], 0, 1);
  }
  const page = createPage({ theme: "dark", tab: "race", selectedDriver: undefined });
  render(<App race={race} page={page} control={stillControl(race)} />);
  return { race, page };
}

test("before the first session the page waits, and says why it does", () => {
  const { race } = show("waiting");
  expect(screen.getByTestId("waiting").textContent).toContain("Waiting for a session");
  act(() => race.sink.lost("connection refused"));
  expect(screen.getByTestId("waiting").textContent).toContain("connection refused");
});

test("the first second: flag, lap, leader, mode and connection", () => {
  show("race");
  expect(screen.getByTestId("flag").textContent).toBe("YELLOWSector 18 · double in 19");
  expect(screen.getByTestId("lap").textContent).toBe("LAP 45/57");
  expect(screen.getByTestId("leader").textContent).toBe("SALleads by 4.645");
  expect(screen.getAllByTestId("mode")[0]?.textContent).toContain("SIMULATED");
  expect(screen.getByTestId("connection").dataset.state).toBe("live");
  expect(screen.getByTestId("clock").textContent).toContain("16:08:00 local");
});

test("the frame takes the colour of the flag", () => {
  show("red");
  expect(screen.getByTestId("frame").dataset.flag).toBe("red");
});

test("a lost stream never blanks the screen", () => {
  const { race } = show("race");
  act(() => race.sink.lost("gone"));
  expect(within(screen.getByTestId("leaderboard")).getAllByRole("row")).toHaveLength(23);
  expect(race.store.getState().connection.state).toBe("reconnecting");
});

/** For what is loaded later, on a machine that is busy. */
const LOADING = { timeout: 5_000 };

test("the map says what it shows, in words too", async () => {
  show("race");
  const name = /Track map of Lakeside. Order: 1 SAL, 2 CAS/;
  const map = await screen.findByRole("img", { name }, LOADING);
  expect(map.dataset.testid).toBe("track-map-cars");
  expect(screen.getByTestId("track-map").dataset).toMatchObject({
    outline: "true",
    moving: "true",
  });
});

test("without an outline the map is learning, without positions it says so", async () => {
  show("learning");
  expect(await screen.findByText("Learning the circuit", {}, LOADING)).toBeDefined();
});

test("without positions the map says so calmly", async () => {
  show("no-motion");
  expect(await screen.findByText("No positions from this source", {}, LOADING)).toBeDefined();
});

test("the driver panel follows the leader until a driver is chosen", async () => {
  const { page } = show("race");
  expect((await screen.findByTestId("driver-panel", {}, LOADING)).textContent).toContain(
    "Aino Salmela",
  );
  act(() => page.setState({ selectedDriver: 8 }));
  expect(screen.getByTestId("driver-panel").textContent).toContain("Cato Lindqvist");
  expect(screen.getByTestId("driver-panel").textContent).toContain(
    "AheadCAS".replace("Ahead", "Ahead "),
  );
});

test("the theme switch turns the page light and back", () => {
  show("race");
  fireEvent.click(screen.getByRole("button", { name: "Switch to the light theme" }));
  expect(document.documentElement.dataset.theme).toBe("light");
  fireEvent.click(screen.getByRole("button", { name: "Switch to the dark theme" }));
  expect(document.documentElement.dataset.theme).toBe("dark");
});

test.each(Object.keys(FIXTURES))("the state %s is shown without an error", (name) => {
  show(name);
  expect(document.body.textContent).not.toContain("undefined");
  expect(document.body.textContent).not.toContain("NaN");
});

test("on a phone the tabs choose the panel", () => {
  const { page } = show("race");
  fireEvent.click(screen.getByRole("button", { name: "Map" }));
  expect(page.getState().tab).toBe("map");
});
