import fc from "fast-check";
import { expect, test } from "vitest";
import { anyJson, fuzzed } from "../fuzzing";
import { boardOf, layouts } from "../layout/layoutStore";
import "../panels/panels";
import { choices } from "./choices";
import { exportChoices, importChoices, resetChoices } from "./keptStore";

const names = Object.keys(exportChoices());
const fields = Object.values(exportChoices()).flatMap((state) => Object.keys(state));
const chosen = Object.values(exportChoices()).flatMap((state) => Object.values(state));
/** A file that is one in parts: known names and fields, with what they hold, or something else. */
const file = fc.oneof(
  anyJson(...names, ...fields),
  fc.dictionary(
    fc.constantFrom(...names),
    fc.dictionary(
      fc.constantFrom(...fields),
      fc.oneof(fc.constantFrom(...chosen), anyJson(...fields)),
    ),
  ),
);

test("whatever file is imported, what is chosen is whole and can be exported and imported again", () => {
  fc.assert(
    fc.property(file, (given) => {
      resetChoices();
      const before = exportChoices();
      const taken = importChoices(JSON.parse(JSON.stringify(given)));
      const after = exportChoices();
      for (const [name, state] of Object.entries(after)) {
        expect(Object.keys(state).sort()).toEqual(Object.keys(before[name] ?? {}).sort());
        if (!taken.includes(name)) expect(state).toEqual(before[name]);
      }
      expect(Object.getPrototypeOf(choices.getState())).toBe(Object.prototype);
      expect(boardOf(layouts.getState()).tiles.length).toBeGreaterThanOrEqual(0);
      importChoices(JSON.parse(JSON.stringify(after)));
      expect(exportChoices()).toEqual(after);
    }),
    fuzzed(300),
  );
});

test("whatever this browser has kept, the page takes what is valid of it", async () => {
  const kept = fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.string(), fc.json()));
  await fc.assert(
    fc.asyncProperty(kept, async (texts) => {
      localStorage.clear();
      for (const [name, text] of Object.entries(texts))
        localStorage.setItem(`racetime.${name}`, text);
      const { keptStore } = await import("./keptStore");
      const v = await import("valibot");
      const schema = v.object({ theme: v.picklist(["dark", "light"]) });
      for (const name of names) {
        const { theme } = keptStore(name, schema, { theme: "dark" }).getState();
        expect(["dark", "light"]).toContain(theme);
      }
    }),
    fuzzed(60),
  );
});
