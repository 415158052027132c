import { type CSSProperties, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useControl, usePlayback } from "../live/usePlayback";
import { useRace, useTicking, useView } from "../live/useRace";
import { useTimeOfDay } from "../settings/timeOfDay";
import { lapAt, momentText } from "./moment";
import styles from "./Timeline.module.css";
import type { Shown } from "./useStory";

const STEPS = 10_000;

/** The playhead: drag it, or move it by keys; the race follows when it is let go. */
export function Scrubber({ story, scale, known, live }: Shown) {
  const { t } = useTranslation("timeline");
  const { playback } = useControl();
  const spoilerFree = usePlayback((state) => state.spoilerFree);
  const pausedAt = usePlayback((state) => state.pausedAt);
  const input = useRef<HTMLInputElement>(null);
  const [dragged, setDragged] = useState<number | undefined>();
  const at = useTicking(() => Math.round(scale.shareOf(playback.now() ?? 0) * STEPS)) ?? 0;
  const tell = useTimeOfDay();
  const gmtOffset = useRace(({ session }) => session?.gmtOffsetMinutes);
  const originMillis = useView(({ times }) => times.originMillis);
  const value = dragged ?? at;
  const edge = scale.shareOf(known);

  useEffect(() => {
    const element = input.current;
    if (element === null) return;
    // React's onChange is the browser's input event; only `change` says that it was let go.
    const commit = (): void => {
      playback.seek(scale.timeAt(Number(element.value) / STEPS));
      setDragged(undefined);
    };
    element.addEventListener("change", commit);
    return () => element.removeEventListener("change", commit);
  }, [playback, scale]);

  const time = scale.timeAt(value / STEPS);
  const timeOfDay = originMillis === undefined ? undefined : tell(originMillis + time, gmtOffset);
  const text = momentText(t, lapAt(story.lapStarts, time), timeOfDay);
  const style = { "--at": value / STEPS, "--edge": edge } as CSSProperties;
  return (
    <div className={styles.scrubber} style={style}>
      {live && !spoilerFree && <span className={styles.edge}>{t("live")}</span>}
      <span className={styles.playhead} />
      {dragged !== undefined && <output className={styles.bubble}>{text}</output>}
      <input
        ref={input}
        type="range"
        min={0}
        max={STEPS}
        step={1}
        value={value}
        aria-label={t("scrub")}
        aria-valuetext={text}
        data-testid="scrubber"
        data-at={pausedAt === undefined ? undefined : Math.round(pausedAt)}
        onChange={(event) => {
          const wanted = Math.min(Number(event.target.value), Math.round(edge * STEPS));
          setDragged(wanted);
        }}
        onBlur={() => setDragged(undefined)}
      />
    </div>
  );
}
