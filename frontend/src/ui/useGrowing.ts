import { useEffect, useState } from "react";

/**
 * Tell how many of `count` things to render: one at first, some more with each further task until all are there, so that
 * the first one does not wait for the last, nor what the viewer does for either.
 */
export function useGrowing(count: number, step: number): number {
  const [shown, setShown] = useState(1);
  useEffect(() => {
    if (shown < count) setShown(shown + step);
  }, [shown, count, step]);
  return Math.min(shown, count);
}
