import { type RefObject, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { BUTTON_STEP } from "./mapInput";
import { mapSettings, VIEWS } from "./mapSettings";
import type { RunningMap } from "./startMap";
import styles from "./TrackMap.module.css";

/** Which view of the map, and how near. */
export function MapTools({ map }: { map: RefObject<RunningMap | undefined> }) {
  const { t } = useTranslation("map");
  const view = useStore(mapSettings, (settings) => settings.view);
  const [following, setFollowing] = useState(false);
  const follow = (): void => {
    map.current?.follow(!following);
    setFollowing(!following);
  };
  const showAll = (): void => {
    map.current?.follow(false);
    setFollowing(false);
  };
  return (
    <div className={styles.tools}>
      <fieldset aria-label={t("view.title")}>
        {VIEWS.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === view}
            onClick={() => mapSettings.setState({ view: one })}
          >
            {t(`view.${one}`)}
          </button>
        ))}
      </fieldset>
      {view === "track" && (
        <fieldset aria-label={t("zoom.title")}>
          <button
            type="button"
            aria-label={t("zoom.in")}
            onClick={() => map.current?.zoom(BUTTON_STEP)}
          >
            +
          </button>
          <button
            type="button"
            aria-label={t("zoom.out")}
            onClick={() => map.current?.zoom(1 / BUTTON_STEP)}
          >
            −
          </button>
          <button type="button" aria-label={t("zoom.all")} onClick={showAll}>
            ⤢
          </button>
          <button
            type="button"
            aria-pressed={following}
            aria-label={t("zoom.follow")}
            onClick={follow}
          >
            ◎
          </button>
        </fieldset>
      )}
    </div>
  );
}
