import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFavourites } from "../settings/favourites";
import { orderKey, parseOrder, rankedByTime } from "../ui/order";
import { usePage } from "../ui/page";
import type { Choice } from "./chartSettings";
import { chosenOf, type Entrant, entrantsOf } from "./entrants";
import { type Field, fieldOf, type Grid, gridOf } from "./field";
import { type Span, spansOf } from "./spans";
import { useSlowly } from "./useSlowly";

const NONE = {};

/** All laps so far by driver. */
export function useField(): Field {
  const laps = useSlowly((state) => state.laps) ?? NONE;
  return useMemo(() => fieldOf(laps), [laps]);
}

const NOWHERE: Grid = { x: [], columns: new Map(), first: [] };

/** When all cars passed the points of the race, a lap or a third of one apart; empty where laps are not driven together. */
export function useGrid(stepsPerLap: 1 | 3): Grid {
  const field = useField();
  const apart = useTimed();
  return useMemo(() => (apart ? NOWHERE : gridOf(field, stepsPerLap)), [field, stepsPerLap, apart]);
}

/** Whether cars are ranked by lap time: then places, gaps and traces by lap say nothing. */
export function useTimed(): boolean {
  return useSlowly(rankedByTime) ?? false;
}

/** Stretches under flags on the axis of laps. */
export function useSpans(grid: Grid): Span[] {
  const periods = useSlowly((state) => state.trackPeriods) ?? NONE;
  return useMemo(() => spansOf(periods, grid), [periods, grid]);
}

/** Driver numbers by place. */
export function useOrder(): readonly number[] {
  const key = useSlowly(orderKey);
  return useMemo(() => parseOrder(key), [key]);
}

/** Favourites and the driver selected. */
export function useFollowed(): ReadonlySet<number> {
  const favourites = useFavourites();
  const selected = usePage(({ selectedDriver }) => selectedDriver);
  return useMemo(
    () => new Set(selected === undefined ? favourites : [...favourites, selected]),
    [favourites, selected],
  );
}

/** The drivers that a choice shows, as charts draw them. */
export function useEntrants(choice: Choice): Entrant[] {
  const order = useOrder();
  const followed = useFollowed();
  const drivers = useSlowly((state) => state.drivers) ?? NONE;
  const theme = usePage((page) => page.theme);
  return useMemo(
    () => entrantsOf(drivers, chosenOf(choice, order, followed), followed, theme),
    [drivers, order, followed, choice, theme],
  );
}

/** Why charts of a race are empty: there are no laps yet, or it is none. */
export function useEmptyText(): string {
  const { t } = useTranslation("charts");
  return useTimed() ? t("raceOnly") : t("noLaps");
}
