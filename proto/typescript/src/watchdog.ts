/** Calls back when nothing was heard for a while. */
export interface Watchdog {
  /** Something was heard: start counting anew, with another limit if given. */
  feed(limitMillis?: number): void;
  stop(): void;
}

export function createWatchdog(limitMillis: number, onSilence: () => void): Watchdog {
  let limit = limitMillis;
  let timer = setTimeout(onSilence, limit);
  return {
    feed(next) {
      limit = next ?? limit;
      clearTimeout(timer);
      timer = setTimeout(onSilence, limit);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
