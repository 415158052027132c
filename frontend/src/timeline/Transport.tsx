import { useTranslation } from "react-i18next";
import { SPEEDS } from "../live/playback";
import { useControl, usePlayback } from "../live/usePlayback";
import { useTicking } from "../live/useRace";
import { formatBehind } from "../time/behind";
import styles from "./Timeline.module.css";

const SKIP_MILLIS = 30_000;

/** Pause and play, half a minute to and fro, the pace, and the way back to live. */
export function Transport() {
  const { t } = useTranslation("timeline");
  const { playback } = useControl();
  const paused = usePlayback(({ pausedAt }) => pausedAt !== undefined);
  const replay = usePlayback(({ place }) => place.kind === "replay");
  return (
    <div className={styles.transport} data-replay={replay}>
      <div>
        <button type="button" onClick={() => playback.skip(-SKIP_MILLIS)} aria-label={t("back30")}>
          −30
        </button>
        <button
          type="button"
          className={styles.play}
          aria-label={t(paused ? "play" : "pause")}
          aria-pressed={paused}
          data-testid="play"
          onClick={() => (paused ? playback.resume() : playback.pause())}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d={paused ? "M4 2.5v11l9-5.5z" : "M4 3h3v10H4zM9 3h3v10H9z"} />
          </svg>
        </button>
        <button type="button" onClick={() => playback.skip(SKIP_MILLIS)} aria-label={t("ahead30")}>
          +30
        </button>
      </div>
      <Pace />
    </div>
  );
}

function Pace() {
  const { t } = useTranslation("timeline");
  const { playback } = useControl();
  const speed = useTicking(() => playback.speed());
  const behind = useTicking(() => {
    const millis = playback.store.getState().spoilerFree ? undefined : playback.behind();
    return millis === undefined || millis < 1_000 ? undefined : formatBehind(millis);
  });
  const speeds = [...new Set([...SPEEDS, speed])].sort((one, other) => one - other);
  return (
    <p>
      <select
        aria-label={t("speed")}
        value={speed}
        data-testid="speed"
        onChange={(event) => playback.setSpeed(Number(event.target.value))}
      >
        {speeds.map((one) => (
          <option key={one} value={one}>
            {one}×
          </option>
        ))}
      </select>
      {behind !== undefined && (
        <button type="button" data-testid="to-live" onClick={() => playback.goLive()}>
          {t("toLive", { behind })}
        </button>
      )}
    </p>
  );
}
