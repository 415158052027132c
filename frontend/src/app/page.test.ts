import i18next from "i18next";
import { expect, test, vi } from "vitest";
import { FIXTURES } from "../fixtures/fixtures";
import { keyNames } from "../keys/keyNames";
import { choices } from "../settings/choices";
import { followChoices } from "../settings/followChoices";
import { resetChoices } from "../settings/keptStore";
import { keepAwake } from "../settings/wakeLock";
import { createPage } from "../ui/page";
import { neighbour } from "./neighbour";
import { titleOf } from "./title";

const t = i18next.getFixedT("en", "header");

test("the tab tells flag, lap and leader; nothing where spoilers are off or nothing is known", () => {
  const race = FIXTURES.race?.().state;
  expect(titleOf(t, race, false)).toBe("YELLOW · 45/57 · SAL · RaceTime");
  expect(titleOf(t, race, true)).toBe("RaceTime");
  expect(titleOf(t, undefined, false)).toBe("RaceTime");
  expect(titleOf(t, FIXTURES.qualifying?.().state, false)).toBe("GREEN · SAL · RaceTime");
});

test("the neighbour in the order; the ends hold, and who is not in it leads to the first", () => {
  expect(neighbour([4, 8, 16], 8, 1)).toBe(16);
  expect(neighbour([4, 8, 16], 16, 1)).toBe(16);
  expect(neighbour([4, 8, 16], 99, -1)).toBe(4);
  expect(neighbour([], undefined, 1)).toBeUndefined();
});

test("keys are told by their signs", () => {
  expect(["[Shift]+?", "Shift+ArrowLeft", "g s", "+"].map(keyNames)).toEqual([
    "?",
    "⇧ ←",
    "g, s",
    "+",
  ]);
});

test("document and page follow the choices, and the page speaks the chosen language", async () => {
  const page = createPage();
  choices.setState({ language: "de", palette: "redGreen", textSize: "large", theme: "light" });
  await followChoices(page);
  expect(document.documentElement.lang).toBe("de");
  expect(document.documentElement.dataset).toMatchObject({
    palette: "redGreen",
    textSize: "large",
  });
  expect(page.getState().theme).toBe("light");
  choices.setState({ theme: "dark" });
  expect(page.getState().theme).toBe("dark");
  resetChoices();
  await vi.waitFor(() => expect(document.documentElement.lang).toBe("en"));
});

test("the screen is kept awake while it is wanted, asked again when the system let go", async () => {
  const request = vi.fn(async () => {
    const lock = {
      released: false,
      release: async () => {
        lock.released = true;
      },
    };
    held.push(lock);
    return lock;
  });
  const held: { released: boolean }[] = [];
  vi.stubGlobal("navigator", { wakeLock: { request } });
  const stop = keepAwake();
  expect(request).not.toHaveBeenCalled();
  choices.setState({ wakeLock: true });
  await vi.waitFor(() => expect(held).toHaveLength(1));
  await Promise.resolve();
  Object.assign(held[0] ?? {}, { released: true }); // as when another tab was in front
  document.dispatchEvent(new Event("visibilitychange"));
  await vi.waitFor(() => expect(held).toHaveLength(2));
  await Promise.resolve();
  choices.setState({ wakeLock: false });
  await vi.waitFor(() => expect(held[1]?.released).toBe(true));
  stop();
  vi.unstubAllGlobals();
});
