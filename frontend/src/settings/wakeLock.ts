import { choices } from "./choices";

/** Keep the screen awake while the viewer wants it and the page is in sight. Answers how to stop. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let asking = false;

  const wanted = (): boolean =>
    choices.getState().wakeLock && document.visibilityState === "visible";

  const follow = async (): Promise<void> => {
    if (asking || !canKeepAwake()) return;
    if (!wanted()) {
      await lock?.release();
      lock = undefined;
      return;
    }
    if (lock !== undefined && !lock.released) return;
    asking = true;
    // Refused on a low battery: asked again when the page comes back into sight.
    lock = await navigator.wakeLock.request("screen").catch(() => undefined);
    asking = false;
    if (!wanted()) await follow();
  };

  const onChange = (): void => void follow();
  const unsubscribe = choices.subscribe(onChange);
  document.addEventListener("visibilitychange", onChange);
  onChange();
  return () => {
    unsubscribe();
    document.removeEventListener("visibilitychange", onChange);
    void lock?.release();
  };
}

export const canKeepAwake = (): boolean => "wakeLock" in navigator;
