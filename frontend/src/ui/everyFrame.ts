/** Draw with every frame of the display while the tab is shown; nothing is asked for behind another one. Answers how to stop. */
export function everyFrame(draw: (wallMillis: number) => void): () => void {
  let frame = 0;
  const next = (wallMillis: number): void => {
    frame = requestAnimationFrame(next);
    draw(wallMillis);
  };
  const follow = (): void => {
    cancelAnimationFrame(frame);
    if (!document.hidden) frame = requestAnimationFrame(next);
  };
  document.addEventListener("visibilitychange", follow);
  follow();
  return () => {
    document.removeEventListener("visibilitychange", follow);
    cancelAnimationFrame(frame);
  };
}
