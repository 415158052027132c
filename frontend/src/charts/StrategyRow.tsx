import { useTranslation } from "react-i18next";
import { formatSeconds } from "../leaderboard/format";
import { compoundLetter } from "../ui/tyres";
import type { Entrant } from "./entrants";
import styles from "./Strategy.module.css";
import type { Span } from "./spans";
import type { Bar, Strategy } from "./strategy";
import type { Words } from "./text";

interface Props {
  place: number | undefined;
  entrant: Entrant;
  strategy: Strategy;
  spans: readonly Span[];
  lapsShown: number;
  lapsDriven: number;
}

/** A driver's stints along the race. */
export function StrategyRow({ place, entrant, strategy, spans, lapsShown, lapsDriven }: Props) {
  const { t } = useTranslation("charts");
  const share = (laps: number): string => `${(laps / lapsShown) * 100}%`;
  const { stops } = strategy;
  return (
    <li
      className={styles.row}
      data-driver={entrant.driverNumber}
      data-followed={entrant.weight === "strong" || undefined}
    >
      <span className={styles.place}>{place ?? "–"}</span>
      <i className={styles.bar} style={{ background: entrant.colour }} aria-hidden="true" />
      <b>{entrant.code}</b>
      <div className={styles.track}>
        {spans.map(({ from, to, look }) => (
          <i
            key={from}
            className={styles.span}
            data-look={look}
            style={{ left: share(from), width: share(to - from) }}
          />
        ))}
        {strategy.bars.map((bar) => (
          <span
            key={bar.stintNumber}
            className={styles.stint}
            data-letter={compoundLetter(bar.compound)}
            style={{ left: share(bar.from), width: share(bar.to - bar.from) }}
            title={barTitle(t, bar)}
          >
            {compoundLetter(bar.compound)}
            <em>{bar.to - bar.from}</em>
            <span className={styles.hidden}>{barTitle(t, bar)}</span>
          </span>
        ))}
        <i className={styles.now} style={{ left: share(lapsDriven) }} />
      </div>
      <span className={styles.stops} title={stopsTitle(t, strategy)}>
        {t("stops", { count: stops.length })}
        <span className={styles.hidden}>{stopsTitle(t, strategy)}</span>
      </span>
    </li>
  );
}

function barTitle(t: Words, { compound, from, to, ageAtStartLaps }: Bar): string {
  const range = t("stint", { compound: compoundLetter(compound), from: from + 1, to });
  if (ageAtStartLaps === undefined) return range;
  return `${range}, ${ageAtStartLaps === 0 ? t("newTyres") : t("usedTyres", { count: ageAtStartLaps })}`;
}

function stopsTitle(t: Words, { stops }: Strategy): string {
  return stops
    .map(({ lapNumber, laneMillis, stopMillis }) => {
      const lane =
        laneMillis === undefined ? "" : t("lane", { seconds: formatSeconds(laneMillis) });
      const stop =
        stopMillis === undefined ? "" : t("still", { seconds: formatSeconds(stopMillis) });
      return [t("lap", { lap: lapNumber }), lane, stop].filter(Boolean).join(" ");
    })
    .join(", ");
}
