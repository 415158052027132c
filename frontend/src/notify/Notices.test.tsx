import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NOW_MILLIS } from "../fixtures/raceHistory";
import { madeUpRace, TIMES } from "../fixtures/raceState";
import { RaceEventKind } from "../gen/racetime/v1/history_pb";
import { RaceStateSchema } from "../gen/racetime/v1/race_state_pb";
import { createRace } from "../live/race";
import { stillControl } from "../live/stillControl";
import { ControlContext } from "../live/usePlayback";
import { RaceContext } from "../live/useRace";
import { favourites } from "../settings/favourites";
import { createPage, PageContext } from "../ui/page";
import { chimes } from "./chimes";
import { Notices } from "./Notices";
import { soundSettings } from "./soundSettings";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  favourites.setState({ driverNumbers: [] });
  soundSettings.setState({ on: false });
});

function show() {
  const race = createRace({ schedule: (publish) => publish() });
  race.sink.heard();
  race.sink.snapshot(madeUpRace(), TIMES, NOW_MILLIS);
  render(
    <RaceContext value={race}>
      <ControlContext value={stillControl(race)}>
        <PageContext value={createPage()}>
          <Notices />
        </PageContext>
      </ControlContext>
    </RaceContext>,
  );
  const update = (init: MessageInitShape<typeof RaceStateSchema>) =>
    act(() => {
      race.sink.update(create(RaceStateSchema, init), {}, NOW_MILLIS);
      vi.advanceTimersByTime(5_000);
    });
  return { race, update };
}

const YELLOW = { raceOffsetMillis: NOW_MILLIS - 500, flag: "YELLOW", category: "Flag" };
const OVERTAKE = {
  kind: RaceEventKind.OVERTAKE,
  raceOffsetMillis: NOW_MILLIS - 3_000,
  driverNumber: 17,
  otherDriverNumber: 4,
  position: 1,
};
const spoken = () => screen.getByTestId("announcer").textContent;

test("a favourite's change is told, of others nothing is", () => {
  const { update } = show();
  update({ events: { z1: OVERTAKE } });
  expect(spoken()).toBe("");
  favourites.setState({ driverNumbers: [4] });
  update({ events: { z2: OVERTAKE } });
  expect(spoken()).toBe("SAL loses a place to CAS");
});

test("a message sounds once it is at the playhead, when the viewer turned sounds on", () => {
  const play = vi.spyOn(chimes, "play").mockImplementation(() => {});
  const { race, update } = show();
  update({ raceControl: [{ ...YELLOW, message: "YELLOW IN TRACK SECTOR 1" }] });
  expect(play).not.toHaveBeenCalled();
  soundSettings.setState({ on: true });
  update({ raceControl: [{ ...YELLOW, message: "YELLOW IN TRACK SECTOR 2" }] });
  expect(play).toHaveBeenCalledExactlyOnceWith("yellow", 0.6);
  act(() => race.sink.snapshot(madeUpRace(), TIMES, NOW_MILLIS + 60_000));
  expect(play).toHaveBeenCalledTimes(1);
});
