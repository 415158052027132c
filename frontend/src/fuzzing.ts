import fc from "fast-check";

const environment = (name: string): number => Number(process.env[name]) || 1;

/** Try so many examples, always the same unless a seed is given, and more where that is said. */
export const fuzzed = (examples: number) => ({
  numRuns: examples * environment("RACETIME_FUZZ_TIMES"),
  seed: environment("RACETIME_FUZZ_SEED") % 2 ** 31,
});

/** What JSON may hold, with names that mean something to JavaScript itself among its keys. */
export const anyJson = (...names: string[]): fc.Arbitrary<unknown> => {
  const keys = fc.constantFrom("__proto__", "constructor", "toString", "length", ...names);
  const numbers = fc.constantFrom(0, -1, 0.5, 1e21, 2 ** 31, -(2 ** 31), Number.MAX_VALUE);
  const plain = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), numbers, fc.integer());
  return fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { depthSize: "small", maxDepth: 4 },
      plain,
      fc.array(tie("any"), { maxLength: 5 }),
      // As JSON.parse makes it: __proto__ is a key like any other.
      fc
        .array(fc.tuple(fc.oneof(keys, fc.string()), tie("any")), { maxLength: 6 })
        .map((pairs) => Object.fromEntries(pairs)),
    ),
  })).any;
};
