import type { RaceControlMessage } from "../gen/racetime/v1/race_control_pb";

/** What a message is about, as far as a viewer chooses what to see. */
export const MESSAGE_KINDS = ["flags", "stewards", "trackLimits", "blue", "other"] as const;

export type MessageKind = (typeof MESSAGE_KINDS)[number];

export function messageKind({ flag, category, message }: RaceControlMessage): MessageKind {
  if (flag === "BLUE") return "blue";
  if (/TRACK LIMITS| DELETED\b/.test(message)) return "trackLimits";
  if (flag === "BLACK AND WHITE" || /STEWARDS|INVESTIGAT|NOTED|PENALTY|REPRIMAND/.test(message))
    return "stewards";
  return flag !== "" || category === "SafetyCar" || category === "Flag" ? "flags" : "other";
}

/** Drivers whom a message names: by address, else as in "CARS 6 (OVE) AND 88 (WHI)". */
export function driversOf({ driverNumber, message }: RaceControlMessage): number[] {
  const named = [...message.matchAll(/\b(\d{1,2}) \([A-Z]{3}\)/g)].map(([, number]) =>
    Number(number),
  );
  return [...new Set(driverNumber === undefined ? named : [driverNumber, ...named])];
}
