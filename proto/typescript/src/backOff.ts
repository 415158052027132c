const FIRST_MILLIS = 300;
const LONGEST_MILLIS = 8_000;

/** Tell how long to wait before the attempt after `failures` failures: exponential, with full jitter above a third. */
export function backOffMillis(failures: number, random: () => number): number {
  const cap = Math.min(LONGEST_MILLIS, FIRST_MILLIS * 2 ** Math.min(failures, 10));
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
