import { render, screen } from "@testing-library/react";
import { Suspense } from "react";
import { expect, test } from "vitest";
import { FIXTURES } from "../fixtures/fixtures";
import { NOW_MILLIS } from "../fixtures/raceHistory";
import { TIMES } from "../fixtures/raceState";
import { createRace } from "../live/race";
import { stillControl } from "../live/stillControl";
import { ControlContext } from "../live/usePlayback";
import { RaceContext } from "../live/useRace";
import { createPage, PageContext } from "../ui/page";
import { PANELS, type PanelName } from "./panels";

async function show(name: PanelName, fixture: string) {
  const race = createRace({ schedule: (publish) => publish() });
  const state = FIXTURES[fixture]?.().state;
  if (state !== undefined) race.sink.snapshot(state, TIMES, NOW_MILLIS);
  const Panel = PANELS[name];
  render(
    <RaceContext value={race}>
      <ControlContext value={stillControl(race)}>
        <PageContext value={createPage()}>
          <Suspense>
            <Panel />
          </Suspense>
        </PageContext>
      </ControlContext>
    </RaceContext>,
  );
  return (await screen.findByTestId(name)).textContent ?? "";
}

const STORIES = ["radio", "events", "standings-now", "weather-history"] as const;

test.each(STORIES)("%s shows a race, and says so when there is nothing", async (name) => {
  const shown = await show(name, "race");
  expect(shown).not.toMatch(/undefined|NaN|\[object/);
  document.body.replaceChildren();
  expect(await show(name, "unknown")).toMatch(
    /No radio yet|Nothing has happened|gives no|No weather/,
  );
});

test("what is listed is what the state holds", async () => {
  expect(await show("events", "race")).toContain("CAS passes LIN P2");
  expect(await show("radio", "race")).toContain("HOLHollenbach-Smythe15:44:10");
  expect(await show("standings-now", "race")).toContain("Projected");
});
