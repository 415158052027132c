import type { ComponentType } from "react";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { SessionKind } from "../gen/racetime/v1/session_pb";
import { BestCell, GainedCell, GapCell, IntervalCell, LastCell } from "./cells";
import { DriverCell, PositionCell, StopsCell, TyreCell } from "./driverCells";
import {
  BestSector1,
  BestSector2,
  BestSector3,
  ClosingCell,
  LapsCell,
  LimitsCell,
  NetCell,
  Phase1,
  Phase2,
  Phase3,
  SpeedCell,
} from "./moreCells";
import { Sector1, Sector2, Sector3 } from "./SectorCells";
import { StatusCell } from "./StatusCell";

export interface CellProps {
  driverNumber: number;
  leader: boolean;
  byTime: boolean;
}

export interface Column {
  align: "left" | "right" | "center";
  Cell: ComponentType<CellProps>;
  /** Makes way as soon as room is scarce. */
  extra?: boolean;
}

const figure = (Cell: ComponentType<CellProps>): Column => ({ align: "right", Cell, extra: true });

/** All columns. Names are kept in choices, so they never change; words are `leaderboard:columns.<name>`. */
export const COLUMNS = {
  position: { align: "center", Cell: PositionCell },
  gained: { align: "center", Cell: GainedCell },
  driver: { align: "left", Cell: DriverCell },
  interval: { align: "right", Cell: IntervalCell },
  closing: figure(ClosingCell),
  gap: { align: "right", Cell: GapCell },
  last: { align: "right", Cell: LastCell },
  best: { align: "right", Cell: BestCell },
  s1: { align: "right", Cell: Sector1 },
  s2: { align: "right", Cell: Sector2 },
  s3: { align: "right", Cell: Sector3 },
  bs1: figure(BestSector1),
  bs2: figure(BestSector2),
  bs3: figure(BestSector3),
  q1: figure(Phase1),
  q2: figure(Phase2),
  q3: figure(Phase3),
  speed: figure(SpeedCell),
  laps: figure(LapsCell),
  limits: figure(LimitsCell),
  net: figure(NetCell),
  tyre: { align: "left", Cell: TyreCell },
  stops: { align: "right", Cell: StopsCell },
  status: { align: "left", Cell: StatusCell },
} as const satisfies Record<string, Column>;

export type ColumnName = keyof typeof COLUMNS;
export type Preset = "race" | "qualifying" | "practice";

const SECTORS = ["s1", "s2", "s3"] as const;

export const PRESETS: Record<Preset, readonly ColumnName[]> = {
  race: [
    ...(["position", "gained", "driver", "interval", "closing", "gap", "last", "best"] as const),
    ...SECTORS,
    ...(["tyre", "stops", "status"] as const),
  ],
  qualifying: [
    ...(["position", "driver", "best", "gap", "last"] as const),
    ...SECTORS,
    ...(["tyre", "stops", "status"] as const),
  ],
  practice: [
    ...(["position", "driver", "best", "gap", "last"] as const),
    ...SECTORS,
    ...(["laps", "tyre", "stops", "status"] as const),
  ],
};

const KINDS: Partial<Record<SessionKind, Preset>> = {
  [SessionKind.PRACTICE]: "practice",
  [SessionKind.QUALIFYING]: "qualifying",
  [SessionKind.SPRINT_QUALIFYING]: "qualifying",
};

/** The preset of a session's kind; races and sprints share one, as does what is not known. */
export function presetOf(state: RaceState): Preset {
  return KINDS[state.session?.kind ?? SessionKind.UNSPECIFIED] ?? "race";
}

/** Columns to show: those chosen, as far as they exist, else the preset's own. A row always tells place and driver. */
export function shownColumns(preset: Preset, chosen: readonly string[]): readonly ColumnName[] {
  const known = [...new Set(chosen)].filter((name): name is ColumnName =>
    Object.hasOwn(COLUMNS, name),
  );
  if (known.length === 0) return PRESETS[preset];
  const always = (["position", "driver"] as const).filter((name) => !known.includes(name));
  return [...always, ...known];
}

/** The columns with gap and interval in each other's place, when both are shown. */
export function swapGaps(shown: readonly ColumnName[]): readonly ColumnName[] {
  const others = { interval: "gap", gap: "interval" } as const;
  if (!shown.includes("interval") || !shown.includes("gap")) return shown;
  return shown.map((name) => (name === "interval" || name === "gap" ? others[name] : name));
}

/** The columns with one shown or hidden; a new one goes before the status. */
export function toggleColumn(shown: readonly ColumnName[], name: ColumnName): ColumnName[] {
  if (shown.includes(name)) return shown.filter((one) => one !== name);
  const end = shown.indexOf("status");
  return end === -1 ? [...shown, name] : [...shown.slice(0, end), name, ...shown.slice(end)];
}

/** The columns with one moved by a step to the left. */
export function moveColumn(shown: readonly ColumnName[], name: ColumnName): ColumnName[] {
  const at = shown.indexOf(name);
  if (at < 1) return [...shown];
  const rest = shown.filter((one) => one !== name);
  return [...rest.slice(0, at - 1), name, ...rest.slice(at - 1)];
}
