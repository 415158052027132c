const FIRST_MILLIS = 200;
const LONGEST_MILLIS = 8_000;
/** Who waits twice as long each time comes late to a gateway that was away for two seconds. */
const GROWTH = 1.5;

/** Tell how long to wait before the attempt after `failures` failures: exponential, with full jitter above a third. */
export function backOffMillis(failures: number, random: () => number): number {
  const cap = Math.min(LONGEST_MILLIS, FIRST_MILLIS * GROWTH ** Math.min(failures, 10));
  return cap / 3 + random() * ((2 * cap) / 3);
}

/** Wait, or return early when the signal is aborted. */
export function wait(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, millis);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
