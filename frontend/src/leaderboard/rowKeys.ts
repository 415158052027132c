import type { KeyboardEvent } from "react";
import { toggleFavourite } from "../settings/favourites";

/** Keys of a focused row: arrows go to its neighbours, Enter selects, f follows the driver. */
export function onRowKey(event: KeyboardEvent<HTMLElement>, select: () => void): void {
  const row = event.currentTarget;
  if (event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter") select();
  else if (event.key === "f") toggleFavourite(Number(row.dataset.driver));
  else if (event.key === "ArrowDown") focus(event, neighbour(row, "nextElementSibling"));
  else if (event.key === "ArrowUp") focus(event, neighbour(row, "previousElementSibling"));
}

/** The next row of a driver: what a row has opened is none. */
function neighbour(
  row: HTMLElement,
  side: "nextElementSibling" | "previousElementSibling",
): Element | null {
  let beside = row[side];
  while (beside !== null && (beside as HTMLElement).dataset.driver === undefined)
    beside = beside[side];
  return beside;
}

function focus(event: KeyboardEvent, row: Element | null): void {
  event.preventDefault(); // no scrolling besides
  // No `instanceof`: in a window of its own the row is of another realm.
  if (row !== null) (row as HTMLElement).focus();
}
