import type { Driver } from "../gen/racetime/v1/driver_pb";
import { type Theme, teamColour } from "../ui/teamColour";
import type { Choice } from "./chartSettings";
import type { Weight } from "./model";

/** A driver as charts draw one. */
export interface Entrant {
  driverNumber: number;
  code: string;
  colour: string;
  /** The second car of its team is dashed. */
  dashed: boolean;
  weight: Weight;
}

/** Drivers that a choice shows, in the order of the race; who is followed is always among them. */
export function chosenOf(
  choice: Choice,
  order: readonly number[],
  followed: ReadonlySet<number>,
): number[] {
  if (choice === "all") return [...order];
  const shown = new Set(order.filter((driverNumber) => followed.has(driverNumber)));
  if (choice === "top10") for (const driverNumber of order.slice(0, 10)) shown.add(driverNumber);
  if (choice === "near")
    for (const driverNumber of nearTo(order, followed)) shown.add(driverNumber);
  if (shown.size === 0) return order.slice(0, 5);
  return order.filter((driverNumber) => shown.has(driverNumber));
}

/** Who is followed with the car ahead and the car behind; the first three when nobody is. */
function nearTo(order: readonly number[], followed: ReadonlySet<number>): number[] {
  const near = order.flatMap((driverNumber, index) =>
    followed.has(driverNumber) ? order.slice(Math.max(0, index - 1), index + 2) : [],
  );
  return near.length === 0 ? order.slice(0, 3) : near;
}

/** How each driver is drawn: teams by colour, team mates by dashes, who is followed by weight. */
export function entrantsOf(
  drivers: Readonly<Record<number, Driver>>,
  shown: readonly number[],
  followed: ReadonlySet<number>,
  theme: Theme,
): Entrant[] {
  const seconds = secondCars(drivers);
  const anyFollowed = shown.some((driverNumber) => followed.has(driverNumber));
  return shown.map((driverNumber) => {
    const driver = drivers[driverNumber];
    const plain = anyFollowed || shown.length > 6 ? "thin" : "plain";
    return {
      driverNumber,
      code: driver?.nameAcronym || String(driverNumber),
      colour: teamColour(driver?.teamColour, theme),
      dashed: seconds.has(driverNumber),
      weight: followed.has(driverNumber) ? "strong" : plain,
    };
  });
}

/** Cars of a team after its first, by driver number. */
export function secondCars(drivers: Readonly<Record<number, Driver>>): Set<number> {
  const teams = new Set<string>();
  const seconds = new Set<number>();
  const numbers = Object.keys(drivers).map(Number);
  for (const driverNumber of numbers.sort((one, other) => one - other)) {
    const team = drivers[driverNumber]?.teamName ?? "";
    if (team !== "" && teams.has(team)) seconds.add(driverNumber);
    teams.add(team);
  }
  return seconds;
}
