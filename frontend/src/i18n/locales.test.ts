import { expect, test } from "vitest";
import { words as english } from "../locales/en";
import { LANGUAGES, pickLanguage } from "./languages";

type Bundle = Record<string, unknown>;

const PLURAL = /_(zero|one|two|few|many|other)$/;

/** Keys of a bundle with their placeholders; plural forms differ by language and count as one. */
function shape(bundle: Bundle): string[] {
  const keys = Object.entries(bundle).flatMap(([key, value]) =>
    typeof value === "object" && value !== null
      ? shape(value as Bundle).map((inner) => `${key}.${inner}`)
      : [`${key.replace(PLURAL, "")} ${placeholders(String(value))}`],
  );
  return [...new Set(keys)].sort();
}

function placeholders(text: string): string {
  return [...new Set(text.match(/\{\{[^}]+\}\}/g) ?? [])].sort().join(" ");
}

const others = Object.keys(LANGUAGES).filter((tag) => tag !== "en");

test.each(others)("%s says all that English says, with the same placeholders", async (tag) => {
  const { words } = (await import(`../locales/${tag}/index.ts`)) as { words: Bundle };
  for (const [namespace, bundle] of Object.entries(english))
    expect([namespace, shape(words[namespace] as Bundle)]).toEqual([namespace, shape(bundle)]);
});

test("the browser's first known language is taken, whatever its region", () => {
  expect(pickLanguage(["sv-SE", "pt-BR", "en"])).toBe("pt");
  expect(pickLanguage(["sv"])).toBe("en");
});
