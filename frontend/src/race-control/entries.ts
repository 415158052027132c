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
  | "closed"
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
      return { icon: "clear", ...greenWords(scope === "Sector" ? where : message) };
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

/** "GREEN LIGHT - PIT EXIT OPEN" -> "Green light", "pit exit open". */
function greenWords(text: string): Pick<Words, "title" | "detail"> {
  const [title, detail] = split(text);
  if (!title.startsWith("GREEN")) return { title: "Green", detail: sentence(text) };
  return { title: sentence(title), detail: lower(detail) };
}

const KINDS: readonly [RegExp, Icon][] = [
  [/TRACK LIMITS/, "deleted"],
  [/INVESTIGAT|STEWARDS|NOTED|REPRIMAND/, "steward"],
  [/^RISK OF RAIN.*\b0%/, "note"],
  [/SLIPPERY|RAIN|WET/, "slippery"],
  [/^(DRS|OVERTAKE|STRAIGHT MODE)/, "aid"],
];

function textWords(message: RaceControlMessage): Words {
  const text = message.message.replace(/^FIA STEWARDS: /, "");
  const words = penaltyWords(text) ?? incidentWords(text) ?? deletedWords(text);
  if (words !== undefined) return words;
  const known = KINDS.find(([kind]) => kind.test(message.message))?.[1];
  const icon = message.category === "SafetyCar" ? "car" : (known ?? "note");
  const [title, detail] = split(text);
  return { icon, title: sentence(title), detail: sentence(detail) };
}

/** "5 SECOND TIME PENALTY FOR CAR 5 (BOR) - UNSAFE RELEASE" -> "5 s penalty", "BOR, unsafe release". */
function penaltyWords(text: string): Words | undefined {
  const parts =
    /^(?:PENALTY SERVED - )?(.*PENALTY|REPRIMAND)(?: \(DRIVING\))? (?:FOR )?(CAR.*)$/.exec(text);
  if (parts === null) return undefined;
  const name = (parts[1] ?? "").replace(/(\d+) SECOND (TIME )?PENALTY/, "$1 s penalty");
  const served = text.startsWith("PENALTY SERVED") ? " served" : "";
  return { icon: "steward", title: sentence(name) + served, detail: concerning(parts[2] ?? "") };
}

const OUTCOMES: readonly [RegExp, string, Icon][] = [
  [/NO (FURTHER|INVESTIGATION)/, "No further action", "closed"],
  [/AFTER THE|POST.?(RACE|SESSION)/, "Investigated after the session", "steward"],
  [/UNDER INVESTIGATION/, "Under investigation", "steward"],
  [/NOTED/, "Noted", "steward"],
];

/** "TURN 6 INCIDENT INVOLVING CARS 6 (OVE) AND 88 (WHI) NOTED - COLLISION" -> "Noted", "OVE, WHI, collision". */
function incidentWords(text: string): Words | undefined {
  if (!/INCIDENT|INVOLVING/.test(text)) return undefined;
  const outcome = OUTCOMES.find(([pattern]) => pattern.test(text));
  return outcome && { icon: outcome[2], title: outcome[1], detail: concerning(text) };
}

/** "CAR 81 (PIA) TIME 1:29.379 DELETED - TRACK LIMITS AT TURN 6 LAP 32 15:20:11" -> "Lap deleted", "PIA 1:29.379, ...". */
function deletedWords(text: string): Words | undefined {
  const parts =
    /^CAR \d+ \((\w+)\) (?:TIME ([\d:.]+)|LAP) DELETED(?: - (.*?))?(?: LAP \d+.*)?$/.exec(text);
  if (parts === null) return undefined;
  const who = [parts[1], parts[2]].filter(Boolean).join(" ");
  return { icon: "deleted", title: "Lap deleted", detail: listed([who, lower(parts[3] ?? "")]) };
}

/** The drivers' codes in a text, and the reason after its last dash. */
function concerning(text: string): string {
  const codes = [...text.matchAll(/\(([A-Z]{3})\)/g)].map(([, code]) => code ?? "");
  const dash = text.lastIndexOf(" - ");
  return listed([...new Set(codes), dash === -1 ? "" : lower(text.slice(dash + 3))]);
}

function listed(parts: readonly string[]): string {
  return parts.filter(Boolean).join(", ");
}

/** A short message is all title; of a long one, the part before the first dash or colon, or nothing. */
function split(message: string): [string, string] {
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

/** Capitals as sent are hard to read: make a sentence of them. */
export function sentence(capitals: string): string {
  const text = lower(capitals);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Small letters but for acronyms and drivers' codes in brackets. */
function lower(capitals: string): string {
  return capitals
    .split(" ")
    .map((word) => (KEPT.has(word) || /^\(.*\)[,.]?$/.test(word) ? word : word.toLowerCase()))
    .join(" ");
}
