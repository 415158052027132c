import * as v from "valibot";
import { createStore, type StoreApi } from "zustand/vanilla";

const PREFIX = "racetime.";

type Shape = v.ObjectSchema<v.ObjectEntries, undefined>;

/** A store of the viewer's choices that survives the page, and that can be exported and imported. */
export interface KeptStore<State extends object> extends StoreApi<State> {
  readonly keptName: string;
}

interface Entry {
  store: StoreApi<object>;
  schema: Shape;
  initial: object;
}

const kept = new Map<string, Entry>();

/**
 * Keep choices under a name in this browser.
 *
 * What was kept is checked field by field: a field that is no longer valid falls back to its initial value.
 */
export function keptStore<const Schema extends Shape>(
  name: string,
  schema: Schema,
  initial: v.InferOutput<Schema>,
): KeptStore<v.InferOutput<Schema>> {
  type State = v.InferOutput<Schema>;
  const store = createStore<State>(() => ({ ...initial, ...valid(schema, read(name)) }));
  store.subscribe((state) => write(name, state));
  kept.set(name, { store: store as unknown as StoreApi<object>, schema, initial });
  return Object.assign(store, { keptName: name });
}

/** Answer all choices, as one object that can be written to a file. */
export function exportChoices(): Record<string, object> {
  return Object.fromEntries([...kept].map(([name, { store }]) => [name, store.getState()]));
}

/** Take choices from a file; what is unknown or not valid is left out. Answers the names that were taken. */
export function importChoices(choices: unknown): string[] {
  if (typeof choices !== "object" || choices === null) return [];
  const taken: string[] = [];
  for (const [name, { store, schema, initial }] of kept) {
    const given: unknown = (choices as Record<string, unknown>)[name];
    const state = valid(schema, given);
    if (Object.keys(state).length === 0) continue;
    store.setState({ ...initial, ...state }, true);
    taken.push(name);
  }
  return taken;
}

/** Forget every choice. */
export function resetChoices(): void {
  for (const { store, initial } of kept.values()) store.setState(initial, true);
}

function valid(schema: Shape, value: unknown): object {
  if (typeof value !== "object" || value === null) return {};
  const fields = Object.entries(schema.entries).flatMap(([name, entry]) => {
    const given = (value as Record<string, unknown>)[name];
    const parsed = given === undefined ? undefined : v.safeParse(entry as v.GenericSchema, given);
    return parsed?.success ? [[name, parsed.output] as const] : [];
  });
  return Object.fromEntries(fields);
}

function read(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
  } catch {
    return undefined; // refused, or not ours
  }
}

function write(name: string, state: object): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(state));
  } catch {
    // Storage may be refused or full; then the choice lasts as long as the page.
  }
}
