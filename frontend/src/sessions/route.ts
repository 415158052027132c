/** Where the address of the page leads. */
export type Route = RaceRoute | { page: "sessions" } | { page: "schedule" };

/** The live race, a session or an instant of one, or what a room watches. */
export interface RaceRoute {
  page: "race";
  sessionKey?: number;
  atMillis?: number;
  drivers: readonly number[];
  spoilerFree: boolean;
  room?: string;
}

/** A moment of a session, as a link tells it. */
export interface Moment {
  sessionKey: number;
  /** Instant of the race as epoch milliseconds. */
  atMillis?: number;
  drivers?: readonly number[];
  spoilerFree?: boolean;
}

/** What the contract can ask for: 32-bit keys, numbers of cars, instants of the years up to 9999. */
const HIGHEST_KEY = 2 ** 31 - 1;
const HIGHEST_CAR = 999;
const LAST_MILLIS = Date.UTC(10_000, 0) - 1;
const LIVE: RaceRoute = { page: "race", drivers: [], spoilerFree: false };

/**
 * Read an address: `/`, `/sessions`, `/schedule`, `/room/<code>` or
 * `/sessions/<key>?t=2025-03-16T05:12:03Z&drivers=4,81&spoilers=no`. What makes no sense in it is left out.
 */
export function parseRoute(pathname: string, search = ""): Route {
  const [first = "", second = ""] = pathname.split("/").filter(Boolean);
  const query = new URLSearchParams(search);
  const drivers = numbers(query.get("drivers"));
  const spoilerFree = query.get("spoilers") === "no";
  if (first === "schedule") return { page: "schedule" };
  if (first === "room" && /^[a-z0-9]{4,12}$/i.test(second))
    return { ...LIVE, drivers, room: second.toUpperCase() };
  if (first !== "sessions") return { ...LIVE, drivers };
  const sessionKey = Number(second);
  if (second === "" || !isWithin(sessionKey, HIGHEST_KEY)) return { page: "sessions" };
  const atMillis = instant(query.get("t"));
  return {
    page: "race",
    sessionKey,
    drivers,
    spoilerFree,
    ...(atMillis !== undefined && { atMillis }),
  };
}

/** Write the address of a moment, without the host. */
export function linkTo({ sessionKey, atMillis, drivers = [], spoilerFree }: Moment): string {
  const parts = [
    atMillis === undefined ? "" : `t=${new Date(atMillis).toISOString().replace(/\.\d+/, "")}`,
    drivers.length > 0 ? `drivers=${drivers.join()}` : "",
    spoilerFree ? "spoilers=no" : "",
  ].filter(Boolean);
  return `/sessions/${sessionKey}${parts.length > 0 ? `?${parts.join("&")}` : ""}`;
}

function instant(text: string | null): number | undefined {
  // Only with a zone: a time without one would be read in the reader's own.
  if (text === null || !/(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const millis = Date.parse(text);
  return millis >= 0 && millis <= LAST_MILLIS ? millis : undefined;
}

function numbers(text: string | null): number[] {
  const all = (text ?? "").split(",").map(Number);
  return [...new Set(all.filter((one) => isWithin(one, HIGHEST_CAR)))].slice(0, 22);
}

function isWithin(number: number, highest: number): boolean {
  return Number.isInteger(number) && number > 0 && number <= highest;
}
