import type { Sentence } from "./sentences";

const LEAST_GAP_MILLIS = 4_000;
/** A sentence that has waited for longer is no news any more. */
const LONGEST_WAIT_MILLIS = 15_000;

interface Waiting extends Sentence {
  sinceMillis: number;
}

/** Says one sentence at a time, with pauses; what is graver first, what is stale not at all. */
export interface Speaker {
  add(sentences: readonly Sentence[]): void;
  /** Forget all that waits. */
  hush(): void;
}

export interface SpeakerParts {
  say: (text: string) => void;
  wall?: () => number;
  /** Run after some milliseconds; asked at most once at a time. */
  schedule?: (run: () => void, millis: number) => void;
}

export function createSpeaker({
  say,
  wall = () => performance.now(),
  schedule = (run, millis) => {
    setTimeout(run, millis);
  },
}: SpeakerParts): Speaker {
  let waiting: Waiting[] = [];
  let last = Number.NEGATIVE_INFINITY;
  let scheduled = false;

  const speak = (): void => {
    scheduled = false;
    const now = wall();
    waiting = waiting
      .filter(({ sinceMillis }) => now - sinceMillis < LONGEST_WAIT_MILLIS)
      .sort((a, b) => b.weight - a.weight || a.sinceMillis - b.sinceMillis);
    const first = waiting.shift();
    if (first === undefined) return;
    last = now;
    say(first.text);
    plan();
  };
  const plan = (): void => {
    if (scheduled || waiting.length === 0) return;
    scheduled = true;
    schedule(speak, Math.max(0, last + LEAST_GAP_MILLIS - wall()));
  };
  return {
    add(sentences) {
      const sinceMillis = wall();
      for (const sentence of sentences) {
        waiting = waiting.filter(({ about }) => about !== sentence.about);
        waiting.push({ ...sentence, sinceMillis });
      }
      plan();
    },
    hush() {
      waiting = [];
    },
  };
}
