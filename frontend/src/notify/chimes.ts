import type { SoundKind } from "./soundSettings";

/** A note: frequency in hertz, begin and length in seconds. */
type Note = readonly [frequency: number, begin: number, length: number];

/** What each kind sounds like: falling is bad, rising is good, one note is only a note. */
export const CHIMES: Record<SoundKind, readonly Note[]> = {
  red: [
    [784, 0, 0.22],
    [622, 0.2, 0.22],
    [494, 0.4, 0.22],
    [494, 0.66, 0.4],
  ],
  safetyCar: [
    [698, 0, 0.2],
    [523, 0.2, 0.2],
    [698, 0.4, 0.2],
    [523, 0.6, 0.34],
  ],
  yellow: [
    [880, 0, 0.12],
    [880, 0.18, 0.2],
  ],
  chequered: [
    [523, 0, 0.14],
    [659, 0.12, 0.14],
    [784, 0.24, 0.14],
    [1047, 0.36, 0.5],
  ],
  clear: [
    [587, 0, 0.14],
    [880, 0.13, 0.26],
  ],
  stewards: [
    [466, 0, 0.16],
    [440, 0.15, 0.26],
  ],
  trackLimits: [[370, 0, 0.18]],
  blue: [[988, 0, 0.1]],
  other: [[660, 0, 0.16]],
};

/** Sounds do not pile up: nearer to the last one than this, none is made. */
const LEAST_GAP_SECONDS = 1.5;
const ATTACK_SECONDS = 0.012;

export interface Chimes {
  /** Get ready to sound; browsers allow it only in answer to a gesture. */
  unlock(): void;
  play(kind: SoundKind, volume: number): void;
}

export function createChimes(makeContext: () => AudioContext = () => new AudioContext()): Chimes {
  let context: AudioContext | undefined;
  let last = Number.NEGATIVE_INFINITY;
  return {
    unlock() {
      context ??= makeContext();
      if (context.state !== "running") void context.resume();
    },
    play(kind, volume) {
      if (context?.state !== "running" || context.currentTime - last < LEAST_GAP_SECONDS) return;
      last = context.currentTime;
      for (const note of CHIMES[kind]) sound(context, note, volume);
    },
  };
}

function sound(context: AudioContext, [frequency, begin, length]: Note, volume: number): void {
  const at = context.currentTime + begin;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = "triangle";
  oscillator.frequency.value = frequency;
  // Loudness is heard as the square; silence cannot be reached exponentially, so it ends a little above.
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.4 * volume ** 2, at + ATTACK_SECONDS);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + length);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + length);
}

export const chimes = createChimes();
