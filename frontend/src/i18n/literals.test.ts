import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";
import { expect, test } from "vitest";

/** Units, acronyms and names: the same in every language. */
const ALIKE = /^(km\/h|m\/s|s|SC|DRS|VSC|RACETIME|RaceTime|API|PiP)$/;
/** What people read or hear of an element, and of a text that is handed on. */
const READ = new Set(["aria-label", "aria-valuetext", "title", "alt", "placeholder", "label"]);
const TOLD = new Set(["text", "title", "word", "detail", "label"]);
const WORD = /\p{L}{2,}/u;

type Node = { type: string; [key: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value;

/** Literals that an expression may come to: of choices both ways, of templates the fixed parts. */
function literalsOf(node: unknown): string[] {
  if (!isNode(node)) return [];
  switch (node.type) {
    case "Literal":
      return typeof node.value === "string" ? [node.value] : [];
    case "TemplateLiteral":
      return (node.quasis as { value: { raw: string } }[]).map(({ value }) => value.raw);
    case "JSXExpressionContainer":
      return literalsOf(node.expression);
    case "ConditionalExpression":
      return [...literalsOf(node.consequent), ...literalsOf(node.alternate)];
    case "LogicalExpression":
      return [...literalsOf(node.left), ...literalsOf(node.right)];
    default:
      return [];
  }
}

const nameOf = (node: unknown): string => (isNode(node) ? String(node.name ?? node.value) : "");

/** Texts of a node that would be on screen or spoken as they are written. */
function shownBy(node: Node): string[] {
  const { type } = node;
  if (type === "JSXText") return [String(node.value)];
  if (type === "JSXAttribute" && READ.has(nameOf(node.name))) return literalsOf(node.value);
  if (type === "Property" && TOLD.has(nameOf(node.key))) return literalsOf(node.value);
  if (type === "JSXElement" || type === "JSXFragment")
    return (node.children as Node[]).flatMap(literalsOf);
  const called = type === "CallExpression" && isNode(node.callee) && nameOf(node.callee.property);
  return called === "fillText" ? literalsOf((node.arguments as unknown[])[0]) : [];
}

function wordsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(wordsIn);
  if (typeof value !== "object" || value === null) return [];
  const shown = isNode(value) ? shownBy(value) : [];
  return [...shown, ...Object.values(value).flatMap(wordsIn)];
}

const isForeign = (text: string): boolean => WORD.test(text) && !ALIKE.test(text.trim());

const SOURCE = join(import.meta.dirname, "..");
/** Fixtures are for us alone; the page of the API speaks English as the contract does. */
const APART = /\.test\.tsx?$|\.d\.ts$|^(fixtures|api-docs|gen|locales)\//;
const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter(
  (file) => /\.tsx?$/.test(file) && !APART.test(file),
);

test("no component has words of its own: all are in the locales", () => {
  expect(files.length).toBeGreaterThan(200);
  const found = files.flatMap((file) => {
    const { program } = parseSync(file, readFileSync(join(SOURCE, file), "utf8"));
    return wordsIn(program)
      .filter(isForeign)
      .map((text) => `${file}: ${text.trim()}`);
  });
  expect(found).toEqual([]);
});

test("a word in an element, an attribute, a choice or on a canvas is found", () => {
  const code = `const a = <p title={on ? "Lap" : t("x")}>Hello {ok && "there"} {\`No \${1}\`}</p>;
    context.fillText("RED", 1, 2); const tag = { text: "PIT" }; const unit = <b>km/h</b>;`;
  const found = wordsIn(parseSync("a.tsx", code).program).filter(isForeign);
  expect(found.map((text) => text.trim()).sort()).toEqual(
    ["Hello", "Lap", "No", "PIT", "RED", "there"].sort(),
  );
});
