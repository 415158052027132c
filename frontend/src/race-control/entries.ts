import type { RaceControlMessage } from "../gen/racetime/v1/race_control_pb";

export type Icon =
  | "yellow"
  | "double"
  | "clear"
  | "red"
  | "chequer"
  | "blue"
  | "car"
  | "aid"
  | "steward"
  | "deleted"
  | "slippery"
  | "warning"
  | "note";

/** A message as the list shows it. */
export interface Entry {
  key: string;
  icon: Icon;
  title: string;
  detail: string;
  raceOffsetMillis: number;
  lap: number | undefined;
}

const MOST_SHOWN = 60;

/** The messages newest first; blue flags are left out, for there are too many to be news. */
export function raceControlEntries(messages: readonly RaceControlMessage[]): Entry[] {
  return messages
    .filter(({ flag }) => flag !== "BLUE")
    .map(entryOf)
    .sort((a, b) => b.raceOffsetMillis - a.raceOffsetMillis)
    .slice(0, MOST_SHOWN);
}

export function entryOf(message: RaceControlMessage): Entry {
  const { raceOffsetMillis, lap } = message;
  const key = `${raceOffsetMillis}/${message.message}`;
  return { key, raceOffsetMillis, lap, ...(flagWords(message) ?? textWords(message)) };
}

type Words = Pick<Entry, "icon" | "title" | "detail">;

function flagWords({ flag, scope, sector, message }: RaceControlMessage): Words | undefined {
  const where = sector !== undefined ? `Sector ${sector}` : "";
  switch (flag) {
    case "YELLOW":
      return { icon: "yellow", title: "Yellow", detail: where };
    case "DOUBLE YELLOW":
      return { icon: "double", title: "Double yellow", detail: where };
    case "CLEAR":
      return where
        ? { icon: "clear", title: "Clear", detail: where }
        : { icon: "clear", title: "Track clear", detail: "" };
    case "GREEN":
      return {
        icon: "clear",
        title: "Green",
        detail: scope === "Sector" ? where : sentence(message),
      };
    case "RED":
      return { icon: "red", title: "Red flag", detail: "Session stopped" };
    case "CHEQUERED":
      return { icon: "chequer", title: "Chequered flag", detail: "" };
    case "BLACK AND WHITE":
      return {
        icon: "warning",
        title: "Black and white",
        detail: sentence(message.replace(/^BLACK AND WHITE FLAG FOR /, "")),
      };
    default:
      return undefined;
  }
}

const KINDS: readonly [RegExp, Icon][] = [
  [/DELETED|TRACK LIMITS/, "deleted"],
  [/PENALTY|INVESTIGAT|STEWARDS|NOTED|REPRIMAND/, "steward"],
  [/SLIPPERY|RAIN|WET/, "slippery"],
  [/^(DRS|OVERTAKE|STRAIGHT MODE)/, "aid"],
];

function textWords({ category, message }: RaceControlMessage): Words {
  const icon =
    category === "SafetyCar" ? "car" : (KINDS.find(([kind]) => kind.test(message))?.[1] ?? "note");
  const [title, detail] = split(message.replace(/^FIA STEWARDS: /, ""));
  return { icon, title: sentence(title), detail: sentence(detail) };
}

/** A short message is all title; of a long one, the part before the first dash or colon, or nothing. */
function split(message: string): [string, string] {
  const penalty =
    /^(\d+ SECOND TIME PENALTY|DRIVE THROUGH PENALTY|STOP AND GO PENALTY|REPRIMAND)\s+(?:FOR\s+)?(.*)$/.exec(
      message,
    );
  if (penalty) return [penalty[1] ?? "", penalty[2] ?? ""];
  const parts = /^(.{3,40}?)(?:\s+-\s+|:\s+)(.+)$/.exec(message);
  if (parts) return [parts[1] ?? "", parts[2] ?? ""];
  return message.length <= 36 ? [message, ""] : ["", message];
}

const KEPT = new Set([
  "DRS",
  "FIA",
  "VSC",
  "SC",
  "ERS",
  "F1",
  "GP",
  "Q1",
  "Q2",
  "Q3",
  "SQ1",
  "SQ2",
  "SQ3",
  "UTC",
]);

/** Capitals as sent are hard to read: make a sentence of them, but for acronyms and drivers' codes in brackets. */
export function sentence(capitals: string): string {
  const words = capitals
    .split(" ")
    .map((word) => (KEPT.has(word) || /^\(.*\)[,.]?$/.test(word) ? word : word.toLowerCase()));
  const text = words.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
