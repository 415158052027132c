import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useControl, usePlayback } from "../live/usePlayback";
import { useTicking } from "../live/useRace";
import { formatBehind } from "./behind";
import styles from "./DelayControl.module.css";
import { timeMode } from "./timeMode";

/** Loaded when it is asked for. */
const SyncMenu = lazy(async () => ({ default: (await import("./SyncMenu")).SyncMenu }));

/** How far behind live the page is, always in sight, and the buttons that tune it to the viewer's TV. */
export function DelayControl() {
  const { t } = useTranslation("time");
  const { playback, sessions } = useControl();
  const key = useTicking(() => {
    const { sessionKey, spoilerFree } = playback.store.getState();
    // How far a race has got beyond the playhead is a spoiler, too.
    const live = !spoilerFree && (sessionKey === undefined || sessions.isLive(sessionKey));
    return JSON.stringify(timeMode(playback, live));
  });
  const { mode, behindMillis } = JSON.parse(key) as ReturnType<typeof timeMode>;
  const spoilerFree = usePlayback((state) => state.spoilerFree);
  return (
    <fieldset className={styles.delay} aria-label={t("title")} data-mode={mode} data-testid="delay">
      <Step millis={-5_000} name="−5" />
      <Step millis={-500} name="−½" />
      <button
        type="button"
        className={styles.reading}
        title={t(mode === "live" ? "atLive" : "backToLive")}
        onClick={() => playback.goLive()}
      >
        <span>
          <i aria-hidden />
          {spoilerFree && mode === "replay" ? (
            <em title={t("spoilerFreeTitle")}>{t("spoilerFree")}</em>
          ) : (
            t(`mode.${mode}`)
          )}
        </span>
        <b data-testid="behind">
          {behindMillis === undefined
            ? "–"
            : `${behindMillis > 0 ? "−" : ""}${formatBehind(behindMillis)}`}
        </b>
      </button>
      <Step millis={500} name="+½" />
      <Step millis={5_000} name="+5" />
      <Sync />
    </fieldset>
  );
}

function Step({ millis, name }: { millis: number; name: string }) {
  const { t } = useTranslation("time");
  const { playback } = useControl();
  const seconds = name.slice(1); // as it is written: who speaks to the page says what they see
  return (
    <button
      type="button"
      aria-label={t(millis < 0 ? "earlier" : "later", { seconds })}
      onClick={() => playback.shift(millis)}
    >
      {name}
    </button>
  );
}

function Sync() {
  const { t } = useTranslation("time");
  const [wanted, setWanted] = useState(false);
  const button = (
    <button
      type="button"
      className={styles.sync}
      data-testid="sync"
      aria-haspopup="menu"
      onClick={() => setWanted(true)}
    >
      {t("sync")}
    </button>
  );
  return wanted ? (
    <Suspense fallback={button}>
      <SyncMenu />
    </Suspense>
  ) : (
    button
  );
}
