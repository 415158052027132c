import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Chart.module.css";
import { ChooseDrivers } from "./Choose";
import { useChartSettings } from "./chartSettings";
import own from "./Strategy.module.css";
import { StrategyRow } from "./StrategyRow";
import { SCROLLABLE } from "./scrollable";
import type { Span } from "./spans";
import { strategiesOf } from "./strategy";
import { lapText } from "./text";
import { useEntrants, useField, useGrid, useOrder, useSpans } from "./useRaceCharts";
import { useSlowly } from "./useSlowly";

const NONE = {};

/** The tyres of every driver over the race: lengths of stints, stops, flags. */
export function StrategyChart() {
  const { t } = useTranslation(["charts", "layout"]);
  const title = t("layout:panels.strategy");
  const entrants = useEntrants(useChartSettings(({ drivers }) => drivers));
  const order = useOrder();
  const spans = useSpans(useGrid(1));
  const strategies = useStrategies(entrants.map(({ driverNumber }) => driverNumber).join());
  const lapsDriven = Math.max(0, ...strategies.flatMap(({ bars }) => bars.map(({ to }) => to)));
  const totalLaps = useSlowly(({ progress }) => progress?.totalLaps) ?? 0;
  const lapsShown = Math.max(totalLaps, lapsDriven, 1);
  const known = strategies.some(({ bars }) => bars.length > 0);
  return (
    <section className={styles.frame} aria-label={title} data-testid="strategy">
      <header>
        <h2>{title}</h2>
        <ChooseDrivers setting="drivers" />
      </header>
      <div className={styles.body} {...SCROLLABLE}>
        {!known && <p className={styles.empty}>{t("noStints")}</p>}
        {known && (
          <ol className={own.list}>
            {spans.length > 0 && <Flags spans={spans} lapsShown={lapsShown} />}
            {strategies.map((strategy, index) => {
              const entrant = entrants[index];
              const place = order.indexOf(strategy.driverNumber) + 1 || undefined;
              return (
                entrant && (
                  <StrategyRow
                    key={strategy.driverNumber}
                    {...{ place, entrant, strategy, spans, lapsShown, lapsDriven }}
                  />
                )
              );
            })}
            <Axis lapsShown={lapsShown} />
          </ol>
        )}
      </div>
    </section>
  );
}

function useStrategies(shownKey: string) {
  const stints = useSlowly((state) => state.stints) ?? NONE;
  const pitStops = useSlowly((state) => state.pitStops) ?? NONE;
  const field = useField();
  return useMemo(() => {
    const lapsCompleted = (driverNumber: number): number | undefined =>
      field.get(driverNumber)?.findLast(({ endMillis }) => endMillis !== undefined)?.lap.lapNumber;
    const shown = shownKey === "" ? [] : shownKey.split(",").map(Number);
    return strategiesOf({ stints, pitStops, lapsCompleted }, shown);
  }, [stints, pitStops, field, shownKey]);
}

interface Tick {
  at: number;
  text: string;
}

function Axis({ lapsShown }: { lapsShown: number }) {
  const { t } = useTranslation("charts");
  const step = lapsShown > 30 ? 10 : 5;
  const count = Math.floor(lapsShown / step);
  const ticks = Array.from({ length: count }, (_, index): Tick => {
    const at = (index + 1) * step;
    return { at, text: lapText(t, at) };
  });
  return <Scale ticks={ticks} lapsShown={lapsShown} />;
}

/** The letters of the flags: colour is never alone. */
function Flags({ spans, lapsShown }: { spans: readonly Span[]; lapsShown: number }) {
  const ticks = spans.map(({ from, to, letter }): Tick => ({ at: (from + to) / 2, text: letter }));
  return <Scale ticks={ticks} lapsShown={lapsShown} />;
}

/** Words above or below the stints, at laps of the race. */
function Scale({ ticks, lapsShown }: { ticks: readonly Tick[]; lapsShown: number }) {
  return (
    <li className={`${own.row} ${own.axisRow}`} aria-hidden="true">
      <span />
      <span />
      <span />
      <div className={own.axis}>
        {ticks.map(({ at, text }) => (
          <span key={at} style={{ left: `${(at / lapsShown) * 100}%` }}>
            {text}
          </span>
        ))}
      </div>
      <span />
    </li>
  );
}
