import * as v from "valibot";
import type { RaceControlMessage } from "../gen/racetime/v1/race_control_pb";
import { keptStore } from "../settings/keptStore";
import { driversOf, MESSAGE_KINDS, type MessageKind, messageKind } from "./messageKind";

/** Whose messages are shown; those that name nobody always are. */
export const WHOSE = ["all", "favourites", "selected"] as const;

export type Whose = (typeof WHOSE)[number];

export interface MessageFilter {
  hidden: readonly MessageKind[];
  /** Drivers to whom messages are narrowed; unset for all. */
  driverNumbers: readonly number[] | undefined;
}

/** Blue flags are hidden at first, for there are too many to be news. */
export const controlSettings = keptStore(
  "control",
  v.object({ hidden: v.array(v.picklist(MESSAGE_KINDS)), whose: v.picklist(WHOSE) }),
  { hidden: ["blue"], whose: "all" },
);

export function toggleKind(kind: MessageKind): void {
  controlSettings.setState(({ hidden }) => ({
    hidden: hidden.includes(kind) ? hidden.filter((one) => one !== kind) : [...hidden, kind],
  }));
}

export function filterMessages(
  messages: readonly RaceControlMessage[],
  { hidden, driverNumbers }: MessageFilter,
): RaceControlMessage[] {
  return messages.filter((message) => {
    if (hidden.includes(messageKind(message))) return false;
    const named = driversOf(message);
    return (
      driverNumbers === undefined ||
      named.length === 0 ||
      named.some((one) => driverNumbers.includes(one))
    );
  });
}
