import * as v from "valibot";
import { beforeEach, expect, test } from "vitest";
import { exportChoices, importChoices, keptStore, resetChoices } from "./keptStore";

const schema = v.object({ size: v.number(), name: v.string() });
const make = () => keptStore("sample", schema, { size: 1, name: "one" });

beforeEach(() => localStorage.clear());

test("a choice is there again after a reload", () => {
  make().setState({ size: 7 });
  expect(make().getState()).toEqual({ size: 7, name: "one" });
});

test("a field that is not valid falls back alone", () => {
  localStorage.setItem("racetime.sample", JSON.stringify({ size: "big", name: "kept" }));
  expect(make().getState()).toEqual({ size: 1, name: "kept" });
  localStorage.setItem("racetime.sample", "{");
  expect(make().getState()).toEqual({ size: 1, name: "one" });
});

test("choices go to a file and come back, and nothing foreign with them", () => {
  const store = make();
  store.setState({ size: 3 });
  const file: unknown = JSON.parse(JSON.stringify({ ...exportChoices(), foreign: { x: 1 } }));
  resetChoices();
  expect(store.getState().size).toBe(1);
  expect(importChoices(file)).toContain("sample");
  expect(store.getState()).toEqual({ size: 3, name: "one" });
  expect(importChoices("nonsense")).toEqual([]);
});
