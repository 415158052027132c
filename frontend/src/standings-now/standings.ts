import { CarState } from "../gen/racetime/v1/car_pb";
import type { ChampionshipStanding } from "../gen/racetime/v1/championship_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { SessionKind } from "../gen/racetime/v1/session_pb";
import { orderOf } from "../ui/order";

/** What the standings rest on: told by the feed, or projected from the order on track. */
export type Basis = "told" | "projected" | "before";

/** A line of a championship as it stands. */
export interface Standing {
  /** Driver number, or name of the team. */
  key: string;
  position: number;
  points: number;
  /** Points of this session; unset when those before are not known. */
  gained: number | undefined;
  /** Places won since before the session; unset when not known. */
  moved: number | undefined;
}

export interface Standings {
  basis: Basis;
  drivers: Standing[];
  teams: Standing[];
}

const RACE_POINTS = [25, 18, 15, 12, 10, 8, 6, 4, 2, 1];
const SPRINT_POINTS = [8, 7, 6, 5, 4, 3, 2, 1];
/** Seasons in which the fastest lap of a race was worth a point to who finished in the first ten. */
const FASTEST_LAP_SEASONS = { first: 2019, last: 2024, places: 10 };

/** Both championships as they stand; unset when the feed gives none. */
export function standingsOf(state: RaceState): Standings | undefined {
  const drivers = known(state.driverChampionship);
  const teams = known(state.teamChampionship);
  if (drivers.length === 0 && teams.length === 0) return undefined;
  if ([...drivers, ...teams].some(([, line]) => isMoved(line)))
    return { basis: "told", drivers: told(drivers), teams: told(teams) };
  const points = pointsNow(state);
  if (points === undefined) return { basis: "before", drivers: told(drivers), teams: told(teams) };
  return {
    basis: "projected",
    drivers: projected(drivers, (key) => points.get(Number(key)) ?? 0),
    teams: projected(teams, (name) => teamPoints(state, points, name)),
  };
}

type Line = [key: string, standing: ChampionshipStanding];

function known(championship: Readonly<Record<string, ChampionshipStanding>>): Line[] {
  return Object.entries(championship).filter(
    ([, { startPoints, currentPoints }]) =>
      startPoints !== undefined || currentPoints !== undefined,
  );
}

const isMoved = ({ startPoints, currentPoints }: ChampionshipStanding): boolean =>
  currentPoints !== undefined && currentPoints !== startPoints;

function told(lines: readonly Line[]): Standing[] {
  const standings = lines.map(([key, line]) => {
    const { startPoints, currentPoints, startPosition } = line;
    const points = currentPoints ?? startPoints ?? 0;
    const gained = startPoints === undefined ? undefined : points - startPoints;
    return { key, points, gained, startPosition, toldPosition: line.currentPosition };
  });
  return ranked(standings);
}

function projected(lines: readonly Line[], pointsOf: (key: string) => number): Standing[] {
  const standings = lines.map(([key, { startPoints, startPosition, currentPoints }]) => {
    const gained = pointsOf(key);
    const points = (startPoints ?? currentPoints ?? 0) + gained;
    return { key, points, gained, startPosition, toldPosition: undefined };
  });
  return ranked(standings);
}

interface Unranked extends Pick<Standing, "key" | "points" | "gained"> {
  startPosition: number | undefined;
  toldPosition: number | undefined;
}

/** By the place that was told, else by points; who was ahead before stays ahead when they are equal. */
function ranked(standings: Unranked[]): Standing[] {
  const last = Number.MAX_SAFE_INTEGER;
  return standings
    .sort(
      (a, b) =>
        (a.toldPosition ?? last) - (b.toldPosition ?? last) ||
        b.points - a.points ||
        (a.startPosition ?? last) - (b.startPosition ?? last),
    )
    .map(({ key, points, gained, startPosition, toldPosition }, index) => {
      const position = toldPosition ?? index + 1;
      const moved = startPosition === undefined ? undefined : startPosition - position;
      return { key, points, gained, position, moved };
    });
}

/** Points by driver if the session ended as it stands; unset where none are to be won, or the order is not known. */
export function pointsNow(state: RaceState): Map<number, number> | undefined {
  const { session, bests, positions, statuses } = state;
  const isRace = session?.kind === SessionKind.RACE;
  const table = isRace ? RACE_POINTS : session?.kind === SessionKind.SPRINT ? SPRINT_POINTS : [];
  if (table.length === 0 || Object.keys(positions).length === 0) return undefined;
  const running = orderOf(state).filter(
    (number) => positions[number]?.position && statuses[number]?.state !== CarState.RETIRED,
  );
  const points = new Map(running.map((number, index) => [number, table[index] ?? 0]));
  const { first, last, places } = FASTEST_LAP_SEASONS;
  const fastest = bests?.lapDriverNumber;
  const season = session?.year ?? 0;
  if (isRace && fastest !== undefined && season >= first && season <= last)
    if (running.indexOf(fastest) !== -1 && running.indexOf(fastest) < places)
      points.set(fastest, (points.get(fastest) ?? 0) + 1);
  return points;
}

function teamPoints(state: RaceState, points: ReadonlyMap<number, number>, name: string): number {
  return Object.entries(state.drivers).reduce(
    (sum, [number, { teamName }]) =>
      teamName === name ? sum + (points.get(Number(number)) ?? 0) : sum,
    0,
  );
}
