import i18next from "i18next";
import type { Command } from "../keys/commands";
import { type Playback, SPEEDS } from "../live/playback";
import type { words as english } from "../locales/en";

type Name = keyof typeof english.time.command;

/** Told anew each time: the language may have changed. */
const title = (name: Name) => (): string => i18next.t(`command.${name}`, { ns: "time" });

/** What keys do with time. */
export function timeCommands(playback: Playback): Command[] {
  const toggle = (): void => {
    if (playback.store.getState().pausedAt === undefined) playback.pause();
    else playback.resume();
  };
  const own = { group: "time" } as const;
  const skip = (seconds: number) => (): void => playback.skip(seconds * 1000);
  const shift = (seconds: number) => (): void => playback.shift(seconds * 1000);
  return [
    { ...own, id: "play", keys: ["Space"], title: title("play"), run: toggle, onlyUnfocused: true },
    { ...own, id: "live", keys: ["l"], title: title("live"), run: () => playback.goLive() },
    { ...own, id: "back5", keys: ["Shift+ArrowLeft"], title: title("back5"), run: skip(-5) },
    { ...own, id: "ahead5", keys: ["Shift+ArrowRight"], title: title("ahead5"), run: skip(5) },
    { ...own, id: "back30", keys: ["Shift+PageUp"], title: title("back30"), run: skip(-30) },
    { ...own, id: "ahead30", keys: ["Shift+PageDown"], title: title("ahead30"), run: skip(30) },
    { ...own, id: "earlier", keys: ["BracketLeft"], title: title("earlier"), run: shift(-0.5) },
    { ...own, id: "later", keys: ["BracketRight"], title: title("later"), run: shift(0.5) },
    {
      ...own,
      id: "faster",
      keys: ["Shift+ArrowUp"],
      title: title("faster"),
      run: () => playback.setSpeed(neighbour(playback.speed(), 1)),
    },
    {
      ...own,
      id: "slower",
      keys: ["Shift+ArrowDown"],
      title: title("slower"),
      run: () => playback.setSpeed(neighbour(playback.speed(), -1)),
    },
  ];
}

/** The next speed that there is; the last one when there is none beyond. */
export function neighbour(speed: number, step: 1 | -1): number {
  const beyond = SPEEDS.filter((one) => (step > 0 ? one > speed : one < speed));
  return (step > 0 ? beyond[0] : beyond.at(-1)) ?? speed;
}
