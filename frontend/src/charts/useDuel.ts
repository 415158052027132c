import { useMemo } from "react";
import { usePage } from "../ui/page";
import { chartSettings, useChartSettings } from "./chartSettings";
import { type Entrant, entrantsOf } from "./entrants";
import { useFollowed, useOrder } from "./useRaceCharts";
import { useSlowly } from "./useSlowly";

const NONE = {};

/** Two or three drivers to compare: those chosen and present, filled up with who is followed and who leads. */
export function duellists(
  chosen: readonly number[],
  order: readonly number[],
  followed: ReadonlySet<number>,
): number[] {
  const present = chosen.filter((driverNumber) => order.includes(driverNumber));
  const fillers = [...order.filter((number) => followed.has(number)), ...order];
  const filled = [...new Set([...present, ...fillers])];
  return filled.slice(0, Math.max(2, present.length));
}

/** Put a driver, or nobody, on one of the three seats; who sat there before changes seats. */
export function seated(
  seats: readonly number[],
  seat: number,
  driverNumber: number | undefined,
): number[] {
  const next: (number | undefined)[] = [...seats];
  const before = driverNumber === undefined ? -1 : next.indexOf(driverNumber);
  if (before >= 0) next[before] = next[seat];
  next[seat] = driverNumber;
  return next.filter((one) => one !== undefined);
}

export interface Duel {
  entrants: Entrant[];
  choose: (seat: number, driverNumber: number | undefined) => void;
}

/** The drivers compared, and how to choose others. */
export function useDuel(): Duel {
  const chosen = useChartSettings(({ duel }) => duel);
  const order = useOrder();
  const followed = useFollowed();
  const drivers = useSlowly((state) => state.drivers) ?? NONE;
  const theme = usePage((page) => page.theme);
  return useMemo(() => {
    const numbers = duellists(chosen, order, followed);
    const entrants = entrantsOf(drivers, numbers, new Set(), theme);
    return {
      entrants,
      choose: (seat, driverNumber) =>
        chartSettings.setState({ duel: seated(numbers, seat, driverNumber) }),
    };
  }, [chosen, order, followed, drivers, theme]);
}
