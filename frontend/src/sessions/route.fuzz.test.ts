import fc from "fast-check";
import { expect, test } from "vitest";
import { fuzzed } from "../fuzzing";
import { linkTo, parseRoute } from "./route";

const INT32 = 2 ** 31 - 1;
const LAST_MILLIS = Date.UTC(10_000, 0) - 1;
const piece = fc.oneof(
  fc.constantFrom("sessions", "room", "schedule", "..", "%2e%2e", "9693", "1e9", "0x10", "-1"),
  fc.integer().map(String),
  fc.double().map(String),
  fc.string(),
);
const time = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom("2025-03-16T05:12:03Z", "+275760-01-01T00:00:00Z", "-000001-01-01T00:00:00Z"),
  fc.string(),
);
const value = fc.oneof(time, piece, fc.array(piece).map(String));
const query = fc
  .array(fc.tuple(fc.constantFrom("t", "drivers", "spoilers", "x"), value), { maxLength: 4 })
  .map((pairs) => `?${new URLSearchParams(pairs)}`);

test("whatever the address, it leads somewhere, by numbers and instants that can be asked for", () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 4 }),
      fc.oneof(query, fc.string()),
      (parts, search) => {
        const route = parseRoute(`/${parts.join("/")}`, search);
        if (route.page !== "race") return;
        for (const number of [route.sessionKey ?? 1, ...route.drivers]) {
          expect(Number.isInteger(number) && number > 0 && number <= INT32).toBe(true);
        }
        expect(route.drivers.every((number) => number <= 999)).toBe(true);
        const millis = route.atMillis ?? 0;
        expect(millis >= 0 && millis <= LAST_MILLIS).toBe(true);
        expect(route.room ?? "ABCD").toMatch(/^[A-Z0-9]{4,12}$/);
      },
    ),
    fuzzed(600),
  );
});

test("a link to a moment leads to that moment", () => {
  const moment = fc.record({
    sessionKey: fc.integer({ min: 1, max: INT32 }),
    atMillis: fc
      .integer({ min: 0, max: (LAST_MILLIS - 999) / 1000 })
      .map((seconds) => seconds * 1000),
    drivers: fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { maxLength: 22 }),
    spoilerFree: fc.boolean(),
  });
  fc.assert(
    fc.property(moment, (one) => {
      const [path = "", search = ""] = linkTo(one).split("?");
      expect(parseRoute(path, search)).toEqual({ page: "race", ...one });
    }),
    fuzzed(200),
  );
});
