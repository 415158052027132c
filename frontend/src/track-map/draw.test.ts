import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { madeUpCircuit } from "../fixtures/circuit";
import {
  CircuitBasis,
  CircuitSchema,
  SectorFlagKind,
  SectorFlagSchema,
} from "../gen/racetime/v1/track_pb";
import type { Car } from "./cars";
import { drawCars } from "./drawCars";
import { drawCircuit } from "./drawCircuit";
import { circuitPoints, outlineOf, pointAt, stretch } from "./outline";
import { createLabelPlacer } from "./placeLabels";
import { fit } from "./projection";
import { type Mark, recordingContext } from "./recordingContext";

const SIZE = { width: 532, height: 470 };
const PALETTE = {
  panel: "panel",
  ground: "ground",
  asphalt: "asphalt",
  kerb: "kerb",
  value: "value",
  reference: "reference",
  label: "label",
  ice: "ice",
  onIce: "on-ice",
  yellow: "yellow",
  red: "red",
  safetyCar: "sc",
  onFlag: "on-flag",
  face: "data",
};
const circuit = madeUpCircuit();
const projection = fit(circuitPoints(circuit), SIZE, { left: 30, right: 30, top: 30, bottom: 30 });

function texts(marks: readonly Mark[]): unknown[] {
  return marks.filter(([name]) => name === "fillText").map(([, text]) => text);
}

function circuitMarks(change: object = {}) {
  const { context, marks } = recordingContext();
  const words = drawCircuit(context, {
    circuit,
    projection,
    sectorFlags: {},
    palette: PALETTE,
    words: { red: "RED", schematic: "schematic", startLine: "S/F" },
    unit: 1,
    ...change,
  });
  return { marks, words };
}

test("the circuit is a closed line with start line, sector ends and corner numbers", () => {
  const { marks, words } = circuitMarks();
  expect(marks.filter(([name]) => name === "closePath")).toHaveLength(2);
  expect(texts(marks)).toEqual(expect.arrayContaining(["S/F", "S1|S2", "S2|S3", "1", "14"]));
  expect(words).toHaveLength(17);
});

test("under a red flag the whole track is lit, and says so", () => {
  const { marks } = circuitMarks({ stopped: true });
  expect(marks).toContainEqual(["strokeStyle =", "red"]);
  expect(texts(marks)).toContain("■ RED");
  expect(circuitMarks().marks).not.toContainEqual(["strokeStyle =", "red"]);
});

test("a yellow sector is lit dashed, a double one solid, each with its plate", () => {
  const sectorFlags = {
    3: create(SectorFlagSchema, { flag: SectorFlagKind.YELLOW }),
    4: create(SectorFlagSchema, { flag: SectorFlagKind.DOUBLE_YELLOW }),
    5: create(SectorFlagSchema, { flag: SectorFlagKind.CLEAR }),
  };
  const { marks } = circuitMarks({ sectorFlags });
  expect(texts(marks)).toEqual(expect.arrayContaining(["▲ S3", "▲▲ S4"]));
  expect(texts(marks)).not.toContain("▲ S5");
});

test("where marshalling sectors are not known nothing is lit", () => {
  const plain = create(CircuitSchema, {
    ...circuit,
    marshalSectors: [],
    $typeName: undefined as never,
  });
  const sectorFlags = { 3: create(SectorFlagSchema, { flag: SectorFlagKind.YELLOW }) };
  const { marks } = circuitMarks({ circuit: plain, sectorFlags });
  expect(marks).not.toContainEqual(["strokeStyle =", "yellow"]);
});

test("a circle that is not the circuit's shape says so", () => {
  const schematic = create(CircuitSchema, {
    ...circuit,
    basis: CircuitBasis.SCHEMATIC,
    $typeName: undefined as never,
  });
  expect(texts(circuitMarks({ circuit: schematic }).marks)).toContain("schematic");
  expect(texts(circuitMarks().marks)).not.toContain("schematic");
});

test("a circuit without points draws nothing", () => {
  const { marks, words } = circuitMarks({ circuit: create(CircuitSchema) });
  expect([marks, words]).toEqual([[], []]);
});

test("distances along the outline run over the start line", () => {
  const outline = outlineOf(circuit, projection);
  const end = pointAt(outline, outline.lengthMeters + 100);
  expect(end).toEqual(pointAt(outline, 100));
  const around = stretch(outline, outline.lengthMeters - 200, 200);
  expect(around.length).toBeGreaterThan(10);
});

const car = (rest: Partial<Car>): Car => ({
  driverNumber: 4,
  code: "SAL",
  colour: "#3671c6",
  shape: "running",
  place: 2,
  x: 100,
  y: 100,
  estimated: false,
  stale: false,
  selected: false,
  favourite: false,
  ...rest,
});

function carMarks(...cars: Car[]): Mark[] {
  const { context, marks } = recordingContext();
  drawCars(context, {
    cars,
    palette: PALETTE,
    labels: createLabelPlacer(),
    words: [],
    kept: [],
    size: SIZE,
    unit: 1,
  });
  return marks;
}

test("a car is a dot in its team's colour with its name beside it", () => {
  const marks = carMarks(car({}));
  expect(marks).toContainEqual(["fillStyle =", "#3671c6"]);
  expect(marks).toContainEqual(["arc", 100, 100, 8, 0, Math.PI * 2]);
  expect(texts(marks)).toEqual(["SAL"]);
});

test("a stopped car is a crossed diamond and no dot", () => {
  const marks = carMarks(car({ shape: "out" }));
  expect(marks.some(([name]) => name === "arc")).toBe(false);
  expect(marks).toContainEqual(["lineTo", 108, 100]);
});

test("an estimated or stale car is hollow and dashed", () => {
  for (const odd of [{ estimated: true }, { stale: true }]) {
    const marks = carMarks(car(odd));
    expect(marks).toContainEqual(["fillStyle =", "panel"]);
    expect(marks).toContainEqual(["setLineDash", [3.2, 2]]);
  }
});

test("the selected car has a ring and a plate", () => {
  const marks = carMarks(car({ selected: true }));
  expect(marks).toContainEqual(["arc", 100, 100, 12, 0, Math.PI * 2]);
  expect(marks).toContainEqual(["fillStyle =", "ice"]);
});

test("a car in the pit is dimmed", () => {
  expect(carMarks(car({ shape: "pit" }))).toContainEqual(["globalAlpha =", 0.5]);
});

test("a car that the viewer follows has four arcs, not the ring of the selected one", () => {
  const arcs = (change: object) => carMarks(car(change)).filter(([name]) => name === "arc").length;
  expect([{}, { favourite: true }, { favourite: true, selected: true }].map(arcs)).toEqual([
    1, 5, 2,
  ]);
});
