import * as v from "valibot";
import { type RaceEvent, RaceEventKind } from "../gen/racetime/v1/history_pb";
import { keptStore } from "../settings/keptStore";

/** Kinds of events as they can be shown or hidden. */
export const EVENT_KINDS = [
  "overtakes",
  "stops",
  "fastestLaps",
  "flags",
  "penalties",
  "retirements",
  "battles",
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

export const WHOSE = ["all", "favourites", "selected"] as const;

export const eventSettings = keptStore(
  "events",
  v.object({ hidden: v.array(v.picklist(EVENT_KINDS)), whose: v.picklist(WHOSE) }),
  { hidden: [], whose: "all" },
);

export function toggleKind(kind: EventKind): void {
  eventSettings.setState(({ hidden }) => ({
    hidden: hidden.includes(kind) ? hidden.filter((one) => one !== kind) : [...hidden, kind],
  }));
}

const KINDS: Partial<Record<RaceEventKind, EventKind>> = {
  [RaceEventKind.OVERTAKE]: "overtakes",
  [RaceEventKind.PIT_STOP]: "stops",
  [RaceEventKind.FASTEST_LAP]: "fastestLaps",
  [RaceEventKind.FLAG]: "flags",
  [RaceEventKind.PENALTY]: "penalties",
  [RaceEventKind.RETIREMENT]: "retirements",
  [RaceEventKind.BATTLE]: "battles",
};

/** The kind of an event; unset for one that is not known, or turned out untrue. */
export const eventKind = ({ kind }: RaceEvent): EventKind | undefined => KINDS[kind];

export interface EventFilter {
  hidden: readonly EventKind[];
  /** Drivers to whom events are narrowed; unset for all. Those of the whole field stay. */
  driverNumbers: readonly number[] | undefined;
}

export interface ListedEvent {
  id: string;
  kind: EventKind;
  event: RaceEvent;
}

const MOST_SHOWN = 150;

/** The events to show, newest first. */
export function listedEvents(
  events: Readonly<Record<string, RaceEvent>>,
  { hidden, driverNumbers }: EventFilter,
): ListedEvent[] {
  const concerns = ({ driverNumber, otherDriverNumber }: RaceEvent): boolean => {
    if (driverNumbers === undefined || driverNumber === undefined) return true;
    return [driverNumber, otherDriverNumber].some((one) => driverNumbers.includes(one ?? -1));
  };
  return Object.entries(events)
    .flatMap(([id, event]) => {
      const kind = eventKind(event);
      if (kind === undefined || hidden.includes(kind) || !concerns(event)) return [];
      return [{ id, kind, event }];
    })
    .sort((a, b) => b.event.raceOffsetMillis - a.event.raceOffsetMillis)
    .slice(0, MOST_SHOWN);
}
