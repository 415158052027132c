import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import { sourcesOf } from "../live/sources";
import { useRace, useRaceObject, useTicking, useView } from "../live/useRace";
import { rejoinOf } from "../race/rejoin";
import { usePage, usePageStore } from "../ui/page";
import { MapTools } from "./MapTools";
import { mapText } from "./orderText";
import { type RunningMap, startMap } from "./startMap";
import styles from "./TrackMap.module.css";

/** Into a session; cars are seen before its start when there is anything to see. */
const PATIENCE_MILLIS = 60_000;

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
  const learned = useView(({ circuit }) => (circuit?.xDecimeters.length ?? 0) > 2);
  const without = useTicking((wall) =>
    isWithoutPositions(race.store.getState().state, race.clock.now(wall)),
  );
  const selected = usePage(({ selectedDriver }) => selectedDriver);
  const ghost = useRace(
    (state) => selected !== undefined && rejoinOf(state, selected) !== undefined,
  );
  const safetyCar = useRace(
    ({ trackStatus }) =>
      trackStatus?.flag === TrackFlag.SAFETY_CAR ||
      trackStatus?.flag === TrackFlag.SAFETY_CAR_ENDING,
  );
  const moves = useTicking(() => race.motion.cars.size > 0);

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

/** Whether a session runs, or ran, without ever having told where its cars are. */
export function isWithoutPositions(state: RaceState | undefined, now: number | undefined): boolean {
  if (state === undefined) return false;
  if (sourcesOf(state).location?.newestRaceOffsetMillis !== undefined) return false;
  const { startedRaceOffsetMillis: started, finishedRaceOffsetMillis: finished } =
    state.clock ?? {};
  if (finished !== undefined) return true;
  return started !== undefined && now !== undefined && now - started > PATIENCE_MILLIS;
}

function useOrderText(circuit: string): string {
  const { t } = useTranslation("map");
  return useRace((state) => mapText(t, state, circuit)) ?? circuit;
}
