import { expect, test } from "vitest";
import { linkTo, parseRoute } from "./route";

const live = { page: "race", drivers: [], spoilerFree: false };

test("a moment goes into a link and comes back", () => {
  const moment = {
    sessionKey: 9693,
    atMillis: Date.parse("2025-03-16T05:12:03Z"),
    drivers: [4, 81],
    spoilerFree: true,
  };
  const link = linkTo(moment);
  expect(link).toBe("/sessions/9693?t=2025-03-16T05:12:03Z&drivers=4,81&spoilers=no");
  const [path, search] = link.split("?");
  expect(parseRoute(path ?? "", search)).toEqual({ page: "race", ...moment });
});

test("addresses lead to the live race, a session, a list or a room", () => {
  expect(parseRoute("/")).toEqual(live);
  expect(parseRoute("/sessions")).toEqual({ page: "sessions" });
  expect(parseRoute("/schedule/")).toEqual({ page: "schedule" });
  expect(parseRoute("/room/k7xq2")).toEqual({ ...live, room: "K7XQ2" });
  expect(parseRoute("/sessions/7")).toEqual({ ...live, sessionKey: 7 });
});

test("what makes no sense is left out", () => {
  expect(parseRoute("/sessions/x9")).toEqual({ page: "sessions" });
  expect(parseRoute("/sessions/7", "?t=yesterday&drivers=a,-1,4,4")).toEqual({
    ...live,
    sessionKey: 7,
    drivers: [4],
  });
  expect(parseRoute("/sessions/7", "?t=2025-03-16T05:12:03")).toEqual({ ...live, sessionKey: 7 });
  expect(parseRoute("/nowhere")).toEqual(live);
});
