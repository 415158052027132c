import {
  create,
  type DescField,
  type DescMessage,
  equals,
  fromBinary,
  type Message,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { type RaceState, RaceStateSchema } from "../src/gen/racetime/v1/race_state_pb.js";
import { mergeMessage } from "../src/mergeMessage.js";

const MOTION = ["motion"];
const TELEMETRY = ["telemetry", "telemetryGroups"];
const HISTORY = [
  "laps",
  "stints",
  "pitStops",
  "events",
  "teamRadio",
  "driverChampionship",
  "teamChampionship",
  "results",
];
const TIMING = RaceStateSchema.fields
  .map((field) => field.localName)
  .filter((name) => ![...MOTION, ...TELEMETRY, ...HISTORY].includes(name));
const LANES = [TIMING, MOTION, HISTORY, TELEMETRY];

/** A small generator of reproducible randomness. */
function randomness(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = (below: number) => number;

function randomMessage(schema: DescMessage, random: Random, names?: readonly string[]): Message {
  const message = create(schema) as Message & Record<string, unknown>;
  for (const field of schema.fields) {
    if (names !== undefined && !names.includes(field.localName)) continue;
    if (random(3) === 0) continue;
    const value = randomField(field, random);
    if (field.oneof) message[field.oneof.localName] = { case: field.localName, value };
    else message[field.localName] = value;
  }
  return message;
}

function randomField(field: DescField, random: Random): unknown {
  const count = random(4);
  switch (field.fieldKind) {
    case "message":
      return randomMessage(field.message, random);
    case "list":
      return Array.from({ length: count }, () =>
        field.listKind === "message"
          ? randomMessage(field.message, random)
          : randomScalar(field.scalar, random),
      );
    case "map":
      return Object.fromEntries(
        Array.from({ length: count }, () => [
          String(random(5) + 1),
          field.mapKind === "message"
            ? randomMessage(field.message, random)
            : randomScalar(field.scalar, random),
        ]),
      );
    case "enum":
      return field.enum.values[random(field.enum.values.length)]?.number ?? 0;
    default:
      return randomScalar(field.scalar, random);
  }
}

function randomScalar(scalar: ScalarType | undefined, random: Random): unknown {
  switch (scalar) {
    case ScalarType.STRING:
      return ["", "VER", "ü"][random(3)];
    case ScalarType.BOOL:
      return random(2) === 1;
    case ScalarType.FLOAT:
      return random(9) / 4;
    case ScalarType.INT64:
      return BigInt(random(1e6));
    default:
      return random(5) - 1;
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const SUBSETS = Array.from({ length: 15 }, (_, subset) =>
  LANES.filter((_, lane) => ((subset + 1) >> lane) & 1).flat(),
);

test.each(SUBSETS.map((names, index) => [index + 1, names] as const))(
  "merging updates one by one equals parsing their bytes joined, for lanes %i",
  (subset, names) => {
    for (let seed = 0; seed < 25; seed += 1) {
      const random = randomness(seed * 100 + subset);
      const updates = Array.from(
        { length: 5 },
        () => randomMessage(RaceStateSchema, random, names) as RaceState,
      );
      const merged = updates.reduce(
        (state, update) => mergeMessage(RaceStateSchema, state, update),
        create(RaceStateSchema),
      );
      const parsed = fromBinary(
        RaceStateSchema,
        concat(updates.map((update) => toBinary(RaceStateSchema, update))),
      );
      expect(equals(RaceStateSchema, merged, parsed)).toBe(true);
    }
  },
);

test("what an update does not touch keeps its identity", () => {
  const base = create(RaceStateSchema, {
    gaps: { 4: { gapToLeader: { case: "gapToLeaderMillis", value: 0 } }, 8: {} },
    tyres: { 4: { stint: 1 } },
    raceControl: [{ message: "A" }],
  });
  const update = create(RaceStateSchema, {
    gaps: { 8: { interval: { case: "intervalLaps", value: 1 } } },
  });
  const merged = mergeMessage(RaceStateSchema, base, update);
  expect(merged.gaps[4]).toBe(base.gaps[4]);
  expect(merged.tyres).toBe(base.tyres);
  expect(merged.raceControl).toBe(base.raceControl);
  expect(merged.gaps[8]).toBe(update.gaps[8]);
});

test("merging changes neither the base nor the update", () => {
  const base = create(RaceStateSchema, {
    weather: { raining: true },
    raceControl: [{ message: "A" }],
  });
  const update = create(RaceStateSchema, {
    weather: { windSpeedMps: 2 },
    raceControl: [{ message: "B" }],
  });
  const merged = mergeMessage(RaceStateSchema, base, update);
  expect(merged.weather).toMatchObject({ raining: true, windSpeedMps: 2 });
  expect(merged.raceControl.map(({ message }) => message)).toEqual(["A", "B"]);
  expect(base.weather?.windSpeedMps).toBeUndefined();
  expect(base.raceControl).toHaveLength(1);
  expect(update.raceControl).toHaveLength(1);
});
