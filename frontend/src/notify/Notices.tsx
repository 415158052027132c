import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Race } from "../live/race";
import { type Control, useControl } from "../live/usePlayback";
import { useRaceObject } from "../live/useRace";
import { autoPlay } from "../radio/autoPlay";
import { favourites } from "../settings/favourites";
import { usePageStore } from "../ui/page";
import { chimes } from "./chimes";
import { type News, newsBetween } from "./news";
import { noticeSettings } from "./noticeSettings";
import styles from "./notify.module.css";
import { sentencesOf } from "./sentences";
import { soundFor, soundSettings } from "./soundSettings";
import { createSpeaker } from "./speaker";
import { mayNotify, notify } from "./systemNotice";

/** Tells what happens at the playhead: by sounds, in words for screen readers, by the system, by playing radio. */
export function Notices() {
  const { t } = useTranslation("notify");
  const race = useRaceObject();
  const control = useControl();
  const page = usePageStore();
  const [spoken, setSpoken] = useState("");
  const words = useRef(t);
  words.current = t;

  useEffect(() => {
    const speaker = createSpeaker({ say: setSpoken });
    return followNews(race, (news) => {
      const { state } = race.store.getState();
      if (state === undefined) return;
      sing(news);
      autoPlay(news.radio, favourites.getState().driverNumbers, page.getState().selectedDriver);
      const followed = favourites.getState().driverNumbers;
      const sentences = sentencesOf(news, state, followed, words.current);
      if (noticeSettings.getState().spoken) speaker.add(sentences);
      tellSystem(
        race,
        control,
        sentences.map(({ text }) => text),
      );
    });
  }, [race, control, page]);

  useEffect(unlockOnGesture, []);

  return (
    <p className={styles.spoken} aria-live="polite" data-testid="announcer">
      {spoken}
    </p>
  );
}

function followNews(race: Race, take: (news: News) => void): () => void {
  return race.store.subscribe((after, before) => {
    const now = race.clock.now(performance.now());
    const news = newsBetween(before, after, now, race.clock.speed());
    if (news !== undefined) take(news);
  });
}

function sing({ messages }: News): void {
  const { on, volume, silent } = soundSettings.getState();
  const kind = on ? soundFor(messages, silent) : undefined;
  if (kind !== undefined) chimes.play(kind, volume);
}

function tellSystem(race: Race, { playback }: Control, texts: readonly string[]): void {
  const view = race.store.getState();
  if (texts.length === 0 || view.state === undefined || !noticeSettings.getState().system) return;
  if (!mayNotify(view, playback.store.getState(), document.hidden)) return;
  void notify(view.state.session?.meetingName || "RaceTime", texts.join(". "));
}

/** Sounds that were turned on in an earlier visit wait for the first gesture of this one. */
function unlockOnGesture(): () => void {
  const ends = new AbortController();
  const unlock = (): void => {
    if (!soundSettings.getState().on) return;
    chimes.unlock();
    ends.abort();
  };
  for (const gesture of ["pointerdown", "keydown"])
    addEventListener(gesture, unlock, { signal: ends.signal });
  return () => ends.abort();
}
