export interface Column {
  name: string;
  head: string;
  align: "left" | "right" | "center";
  title?: string;
}

const POSITION: Column = { name: "position", head: "P", align: "center", title: "Place" };
const GAINED: Column = {
  name: "gained",
  head: "+/−",
  align: "center",
  title: "Places gained since the grid",
};
const DRIVER: Column = { name: "driver", head: "Driver", align: "left" };
const INTERVAL: Column = {
  name: "interval",
  head: "Int",
  align: "right",
  title: "Interval to the car ahead",
};
const GAP: Column = { name: "gap", head: "Gap", align: "right", title: "Gap to the leader" };
const LAST: Column = { name: "last", head: "Last", align: "right", title: "Last lap" };
const BEST: Column = { name: "best", head: "Best", align: "right", title: "Best lap" };
const TO_BEST: Column = { ...GAP, title: "Behind the best lap of all" };
const REST: readonly Column[] = [
  { name: "s1", head: "S1", align: "right", title: "Sector 1" },
  { name: "s2", head: "S2", align: "right", title: "Sector 2" },
  { name: "s3", head: "S3", align: "right", title: "Sector 3" },
  { name: "tyre", head: "Tyre", align: "left", title: "Compound, age in laps, earlier sets" },
  { name: "stops", head: "St", align: "right", title: "Pit stops" },
  { name: "status", head: "Status", align: "left" },
];

const RACE: readonly Column[] = [POSITION, GAINED, DRIVER, INTERVAL, GAP, LAST, BEST, ...REST];
const TIMED: readonly Column[] = [POSITION, DRIVER, BEST, TO_BEST, LAST, ...REST];

/** Columns of a race, or of a session that is ranked by lap time. */
export function columnsOf(byTime: boolean): readonly Column[] {
  return byTime ? TIMED : RACE;
}
