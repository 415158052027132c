import { useEffect, useRef } from "react";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { sourcesOf } from "../live/sources";
import { useRace, useRaceObject, useTicking, useView } from "../live/useRace";
import { codeOf, orderOf } from "../ui/order";
import { usePageStore } from "../ui/page";
import { startMap } from "./startMap";
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
  const race = useRaceObject();
  const page = usePageStore();
  const name = useRace(({ session }) => session?.circuitShortName || session?.location) ?? "Track";
  const learned = useView(({ circuit }) => (circuit?.xDecimeters.length ?? 0) > 2);
  const without = useTicking((wall) =>
    isWithoutPositions(race.store.getState().state, race.clock.now(wall)),
  );
  const moves = useTicking(() => race.motion.cars.size > 0);

  useEffect(() => {
    if (panel.current === null || still.current === null || moving.current === null) return;
    return startMap({
      panel: panel.current,
      still: still.current,
      moving: moving.current,
      overlays: [title.current, legend.current].filter((element) => element !== null),
      race,
      page,
    });
  }, [race, page]);

  return (
    <section
      className={styles.panel}
      aria-label="Track map"
      data-absent={without && !moves && !learned}
    >
      <header>
        <h2 ref={title}>{name}</h2>
      </header>
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
          aria-label={useOrderText(name)}
        />
        {!moves && (
          <p className={styles.note}>
            {without ? "No positions from this source" : "No positions yet"}
          </p>
        )}
        {moves && !learned && <p className={styles.corner}>Learning the circuit</p>}
      </div>
      <p ref={legend} className={styles.legend} data-shown={moves} aria-hidden>
        <i className={styles.car} />
        car
        <i className={styles.estimated} />
        estimated
        <i className={styles.out} />
        stopped
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
  const order = useRace((state) =>
    orderOf(state)
      .map((driverNumber, index) => `${index + 1} ${codeOf(state, driverNumber)}`)
      .join(", "),
  );
  return `Track map of ${circuit}. Order: ${order || "not known"}.`;
}
