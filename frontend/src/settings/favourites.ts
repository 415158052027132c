import * as v from "valibot";
import { useStore } from "zustand";
import { keptStore } from "./keptStore";

/** Drivers that the viewer follows, by number, in the order in which they were chosen. */
export const favourites = keptStore(
  "favourites",
  v.object({ driverNumbers: v.array(v.pipe(v.number(), v.integer())) }),
  { driverNumbers: [] },
);

export function toggleFavourite(driverNumber: number): void {
  favourites.setState(({ driverNumbers }) => ({
    driverNumbers: driverNumbers.includes(driverNumber)
      ? driverNumbers.filter((one) => one !== driverNumber)
      : [...driverNumbers, driverNumber],
  }));
}

export const useIsFavourite = (driverNumber: number): boolean =>
  useStore(favourites, ({ driverNumbers }) => driverNumbers.includes(driverNumber));

export const useFavourites = (): readonly number[] =>
  useStore(favourites, ({ driverNumbers }) => driverNumbers);
