import { tinykeys } from "tinykeys";
import { createStore } from "zustand/vanilla";

export const GROUPS = ["time", "drivers", "layout", "page"] as const;

/** Something that a key does. Keys are written as tinykeys does: "j", "Shift+J", "[Shift]+?", "g s". */
export interface Command {
  id: string;
  keys: readonly string[];
  group: (typeof GROUPS)[number];
  /** In the page's language, as the sheet of keys tells it. */
  title: () => string;
  run: () => void;
  /** Leave the key to what has the focus, unless that is the page itself. */
  onlyUnfocused?: boolean;
}

/** All commands, for the sheet of keys. */
export const commands = createStore<{ list: readonly Command[] }>(() => ({ list: [] }));

/** Add commands; those of the same id are replaced. Answers how to remove them. */
export function registerCommands(added: readonly Command[]): () => void {
  const ids = new Set(added.map(({ id }) => id));
  commands.setState(({ list }) => ({ list: [...list.filter(({ id }) => !ids.has(id)), ...added] }));
  return () => {
    commands.setState(({ list }) => ({ list: list.filter((command) => !added.includes(command)) }));
  };
}

/** Run commands by their keys. Answers how to stop. */
export function listenToKeys(target: Window | HTMLElement = window): () => void {
  let stop = bind(target, commands.getState().list);
  const unsubscribe = commands.subscribe(({ list }) => {
    stop();
    stop = bind(target, list);
  });
  return () => {
    unsubscribe();
    stop();
  };
}

function bind(target: Window | HTMLElement, list: readonly Command[]): () => void {
  const bindings = list.flatMap((command) =>
    command.keys.map((keys) => [keys, (event: KeyboardEvent) => obey(command, event)] as const),
  );
  // The first that fits is run: "g s" must come before "s".
  bindings.sort(([one], [other]) => other.split(" ").length - one.split(" ").length);
  return tinykeys(target, Object.fromEntries(bindings));
}

function obey(command: Command, event: KeyboardEvent): void {
  if (event.defaultPrevented || inDialog()) return;
  if (command.onlyUnfocused && hasFocus()) return;
  event.preventDefault();
  command.run();
}

/** Popovers are in the page all the time: only an open one counts. */
const DIALOG = '[role="dialog"]:not([popover]), [role="dialog"]:popover-open';

const inDialog = (): boolean => document.querySelector(DIALOG) !== null;

function hasFocus(): boolean {
  const { activeElement, body } = document;
  return activeElement !== null && activeElement !== body && activeElement.id !== "main";
}
