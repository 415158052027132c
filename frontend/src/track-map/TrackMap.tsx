import { useEffect, useRef } from "react";
import { SourceCondition, type SourceFreshness } from "../gen/racetime/v1/freshness_pb";
import { useRace, useRaceObject, useTicking, useView } from "../live/useRace";
import { codeOf, orderOf } from "../ui/order";
import { usePageStore } from "../ui/page";
import { startMap } from "./startMap";
import styles from "./TrackMap.module.css";

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
  const lost = useRace(({ sources }) => isWithout(sources.location)) ?? false;
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
      data-absent={lost && !moves && !learned}
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
            {lost ? "No positions from this source" : "No positions yet"}
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

/** Whether a source has been found to have nothing for this session. */
function isWithout(source: SourceFreshness | undefined): boolean {
  return source?.condition === SourceCondition.LOST && source.newestRaceOffsetMillis === undefined;
}

function useOrderText(circuit: string): string {
  const order = useRace((state) =>
    orderOf(state)
      .map((driverNumber, index) => `${index + 1} ${codeOf(state, driverNumber)}`)
      .join(", "),
  );
  return `Track map of ${circuit}. Order: ${order || "not known"}.`;
}
