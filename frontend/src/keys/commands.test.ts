import { fireEvent } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { type Command, commands, listenToKeys, registerCommands } from "./commands";

const command = (id: string, keys: string[], more: Partial<Command> = {}): Command => ({
  id,
  keys,
  group: "page",
  title: () => id,
  run: vi.fn(),
  ...more,
});
const press = (target: Element, key: string) => fireEvent.keyDown(target, { key, code: key });
const undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0)) one();
  document.body.replaceChildren();
});

test("a key runs its command, also one that is registered later, until it is removed", () => {
  undo.push(listenToKeys());
  const late = command("late", ["j"]);
  const remove = registerCommands([late]);
  press(document.body, "j");
  expect(late.run).toHaveBeenCalledTimes(1);
  remove();
  press(document.body, "j");
  expect(late.run).toHaveBeenCalledTimes(1);
  expect(commands.getState().list).toEqual([]);
});

test("who types is not disturbed, nor who is in a dialog", () => {
  const one = command("one", ["j"]);
  undo.push(listenToKeys(), registerCommands([one]));
  document.body.innerHTML = '<input><div role="dialog"><button></button></div>';
  press(document.querySelector("input") as Element, "j");
  press(document.querySelector("button") as Element, "j");
  expect(one.run).not.toHaveBeenCalled();
});

test("arrows are left to what has the focus", () => {
  const arrow = command("arrow", ["ArrowDown"], { onlyUnfocused: true });
  undo.push(listenToKeys(), registerCommands([arrow]));
  document.body.innerHTML = "<button></button>";
  (document.querySelector("button") as HTMLElement).focus();
  press(document.querySelector("button") as Element, "ArrowDown");
  expect(arrow.run).not.toHaveBeenCalled();
  (document.activeElement as HTMLElement).blur();
  press(document.body, "ArrowDown");
  expect(arrow.run).toHaveBeenCalledTimes(1);
});

test("a command of the same id takes the place of the other", () => {
  const [first, second] = [command("same", ["x"]), command("same", ["y"])];
  undo.push(registerCommands([first]), registerCommands([second]));
  expect(commands.getState().list).toEqual([second]);
});

test("a sequence is not taken for its last key alone, whichever was registered first", () => {
  const [single, sequence] = [command("single", ["s"]), command("sequence", ["g s"])];
  undo.push(listenToKeys(), registerCommands([single, sequence]));
  press(document.body, "g");
  press(document.body, "s");
  expect([sequence.run, single.run].map((run) => vi.mocked(run).mock.calls.length)).toEqual([1, 0]);
  press(document.body, "s");
  expect(single.run).toHaveBeenCalledTimes(1);
});
