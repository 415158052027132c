/** Whether anybody can see the page: its tab is shown, or a part of it is in a window on top. */
export const isInSight = (): boolean => !document.hidden || onTop;

/** A window on top shows a part of the page, whatever becomes of the tab. */
export function setOnTop(open: boolean): void {
  if (open === onTop) return;
  onTop = open;
  change();
}

/** Be told when the page comes into sight or goes out of it. Answers how to stop. */
export function followSight(take: (inSight: boolean) => void): () => void {
  if (followers.size === 0) document.addEventListener("visibilitychange", change);
  followers.add(take);
  return () => {
    followers.delete(take);
    if (followers.size === 0) document.removeEventListener("visibilitychange", change);
  };
}

const followers = new Set<(inSight: boolean) => void>();
let onTop = false;

function change(): void {
  for (const take of [...followers]) take(isInSight());
}

/**
 * Let a subscriber hear of a store's changes only while the page is in sight, and once when it is again: what nobody
 * sees is not rendered.
 */
export function whileInSight(
  subscribe: (listener: () => void) => () => void,
): (listener: () => void) => () => void {
  return (listener) => {
    const unsubscribe = subscribe(() => {
      if (isInSight()) listener();
    });
    const unfollow = followSight((inSight) => {
      if (inSight) listener();
    });
    return () => {
      unsubscribe();
      unfollow();
    };
  };
}
