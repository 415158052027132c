import { expect, test } from "vitest";
import { createRace } from "../live/race";
import { stillControl } from "../live/stillControl";
import { neighbour, timeCommands } from "./commands";

test("each command of time has words and a key of its own", () => {
  const list = timeCommands(stillControl(createRace()).playback);
  const keys = list.flatMap((command) => command.keys);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { title } of list) expect(title()).not.toMatch(/^command/);
});

test("[ and ] tune the delay by half a second", () => {
  const { playback } = stillControl(createRace());
  const run = (id: string) =>
    timeCommands(playback)
      .find((one) => one.id === id)
      ?.run();
  run("earlier");
  run("earlier");
  run("later");
  expect(playback.behind()).toBe(500);
});

test("speeds go up and down among those that there are, and end there", () => {
  expect([neighbour(1, 1), neighbour(3, -1), neighbour(60, 1), neighbour(0.25, -1)]).toEqual([
    2, 2, 60, 0.25,
  ]);
});
