import { useState } from "react";

/** Count how often a value became another one since the component was first shown. */
export function useNews(value: unknown): number {
  const [seen, setSeen] = useState({ value, news: 0 });
  if (Object.is(seen.value, value)) return seen.news;
  const next = { value, news: seen.news + 1 };
  setSeen(next);
  return next.news;
}
