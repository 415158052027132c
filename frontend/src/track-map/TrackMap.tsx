import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import { useRace, useRaceObject } from "../live/useRace";
import { rejoinOf } from "../race/rejoin";
import { usePage, usePageStore } from "../ui/page";
import { MapTools } from "./MapTools";
import { mapText } from "./orderText";
import { type RunningMap, startMap } from "./startMap";
import styles from "./TrackMap.module.css";
import { useMapContent } from "./useMapContent";

/** The track and the cars on it, on two canvases; the order is there as text too. */
export function TrackMap() {
  const panel = useRef<HTMLDivElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const moving = useRef<HTMLCanvasElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const legend = useRef<HTMLParagraphElement>(null);
  const map = useRef<RunningMap>(undefined);
  const { t } = useTranslation("map");
  const race = useRaceObject();
  const page = usePageStore();
  const name =
    useRace(({ session }) => session?.circuitShortName || session?.location) ?? t("track");
  const { learned, moves, without } = useMapContent();
  const selected = usePage(({ selectedDriver }) => selectedDriver);
  const ghost = useRace(
    (state) => selected !== undefined && rejoinOf(state, selected) !== undefined,
  );
  const safetyCar = useRace(
    ({ trackStatus }) =>
      trackStatus?.flag === TrackFlag.SAFETY_CAR ||
      trackStatus?.flag === TrackFlag.SAFETY_CAR_ENDING,
  );

  useEffect(() => {
    if (panel.current === null || still.current === null || moving.current === null) return;
    const running = startMap({
      panel: panel.current,
      still: still.current,
      moving: moving.current,
      overlays: [title.current, legend.current].filter((element) => element !== null),
      race,
      page,
    });
    map.current = running;
    return running.stop;
  }, [race, page]);

  return (
    <section
      className={styles.panel}
      aria-label={t("title")}
      data-absent={without && !moves && !learned}
    >
      <header>
        <h2 ref={title}>{name}</h2>
      </header>
      <MapTools map={map} />
      <div
        ref={panel}
        className={styles.canvases}
        data-testid="track-map"
        data-outline={learned}
        data-moving={moves}
      >
        <canvas ref={still} data-testid="track-map-circuit" aria-hidden />
        <canvas
          ref={moving}
          data-testid="track-map-cars"
          role="img"
          tabIndex={0}
          aria-label={useOrderText(name)}
        />
        {!moves && <p className={styles.note}>{t(without ? "noSource" : "notYet")}</p>}
        {moves && !learned && <p className={styles.corner}>{t("learning")}</p>}
      </div>
      <p ref={legend} className={styles.legend} data-shown={moves} aria-hidden>
        <i className={styles.car} />
        {t("legend.car")}
        <i className={styles.estimated} />
        {t("legend.estimated")}
        {safetyCar && (
          <>
            <i className={styles.safetyCar} />
            {t("legend.safetyCar")}
          </>
        )}
        {ghost && (
          <>
            <i className={styles.ghost} />
            {t("legend.ghost")}
          </>
        )}
        <i className={styles.out} />
        {t("legend.stopped")}
      </p>
    </section>
  );
}

function useOrderText(circuit: string): string {
  const { t } = useTranslation("map");
  return useRace((state) => mapText(t, state, circuit)) ?? circuit;
}
