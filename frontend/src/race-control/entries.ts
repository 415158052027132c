import type { TFunction } from "i18next";
import type { RaceControlMessage } from "../gen/racetime/v1/race_control_pb";
import { type MessageKind, messageKind } from "./messageKind";

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
  /** The message as the feed sent it. */
  text: string;
  kind: MessageKind;
  raceOffsetMillis: number;
  lap: number | undefined;
}

type T = TFunction<"control">;

const MOST_SHOWN = 100;

/** The messages to show, newest first. */
export function raceControlEntries(messages: readonly RaceControlMessage[], t: T): Entry[] {
  return [...messages]
    .sort((a, b) => b.raceOffsetMillis - a.raceOffsetMillis)
    .slice(0, MOST_SHOWN)
    .map((message) => entryOf(message, t));
}

export function entryOf(message: RaceControlMessage, t: T): Entry {
  const { raceOffsetMillis, lap, message: text } = message;
  const key = `${raceOffsetMillis}/${text}`;
  const words = flagWords(message, t) ?? textWords(message, t);
  return { key, text, kind: messageKind(message), raceOffsetMillis, lap, ...words };
}

type Words = Pick<Entry, "icon" | "title" | "detail">;

function flagWords(message: RaceControlMessage, t: T): Words | undefined {
  const { flag, scope, sector, message: text } = message;
  const where = sector === undefined ? "" : t("words.sector", { sector });
  switch (flag) {
    case "YELLOW":
      return { icon: "yellow", title: t("words.yellow"), detail: where };
    case "DOUBLE YELLOW":
      return { icon: "double", title: t("words.doubleYellow"), detail: where };
    case "CLEAR":
      return { icon: "clear", title: t(where ? "words.clear" : "words.trackClear"), detail: where };
    case "GREEN":
      return { icon: "clear", ...greenWords(scope === "Sector" ? where : text, t) };
    case "RED":
      return { icon: "red", title: t("words.red"), detail: t("words.stopped") };
    case "CHEQUERED":
      return { icon: "chequer", title: t("words.chequered"), detail: "" };
    case "BLUE":
      return { icon: "blue", title: t("words.blue"), detail: concerning(text) };
    case "BLACK AND WHITE":
      return {
        icon: "warning",
        title: t("words.blackAndWhite"),
        detail: sentence(text.replace(/^BLACK AND WHITE FLAG FOR /, "")),
      };
    default:
      return undefined;
  }
}

/** "GREEN LIGHT - PIT EXIT OPEN" -> "Green light", "pit exit open". */
function greenWords(text: string, t: T): Pick<Words, "title" | "detail"> {
  const [title, detail] = split(text);
  if (!title.startsWith("GREEN")) return { title: t("words.green"), detail: sentence(text) };
  return { title: sentence(title), detail: lower(detail) };
}

const KINDS: readonly [RegExp, Icon][] = [
  [/TRACK LIMITS/, "deleted"],
  [/INVESTIGAT|STEWARDS|NOTED|REPRIMAND/, "steward"],
  [/^RISK OF RAIN.*\b0%/, "note"],
  [/SLIPPERY|RAIN|WET/, "slippery"],
  [/^(DRS|OVERTAKE|STRAIGHT MODE)/, "aid"],
];

/** Messages that come in every race, by the word that we have for them. */
const COMMON = {
  "SAFETY CAR DEPLOYED": "safetyCar",
  "SAFETY CAR IN THIS LAP": "safetyCarIn",
  "VSC DEPLOYED": "vsc",
  "VIRTUAL SAFETY CAR DEPLOYED": "vsc",
  "VSC ENDING": "vscEnding",
  "VIRTUAL SAFETY CAR ENDING": "vscEnding",
  "DRS ENABLED": "drsEnabled",
  "DRS DISABLED": "drsDisabled",
  "OVERTAKE ENABLED": "overtakeEnabled",
  "OVERTAKE DISABLED": "overtakeDisabled",
} as const satisfies Record<string, string>;

type CommonWord = (typeof COMMON)[keyof typeof COMMON];

function textWords(message: RaceControlMessage, t: T): Words {
  const text = message.message.replace(/^FIA STEWARDS: /, "");
  const words = penaltyWords(text, t) ?? incidentWords(text, t) ?? deletedWords(text, t);
  if (words !== undefined) return words;
  const known = KINDS.find(([kind]) => kind.test(message.message))?.[1];
  const icon = message.category === "SafetyCar" ? "car" : (known ?? "note");
  const common = (COMMON as Partial<Record<string, CommonWord>>)[message.message];
  if (common !== undefined) return { icon, title: t(`words.${common}`), detail: "" };
  const [title, detail] = split(text);
  return { icon, title: sentence(title), detail: sentence(detail) };
}

/** "5 SECOND TIME PENALTY FOR CAR 5 (BOR) - UNSAFE RELEASE" -> "5 s penalty", "BOR, unsafe release". */
function penaltyWords(text: string, t: T): Words | undefined {
  const parts =
    /^(?:PENALTY SERVED - )?(.*PENALTY|REPRIMAND)(?: \(DRIVING\))? (?:FOR )?(CAR.*)$/.exec(text);
  if (parts === null) return undefined;
  const seconds = /^(\d+) SECOND (?:TIME )?PENALTY$/.exec(parts[1] ?? "")?.[1];
  const penalty = seconds ? t("words.seconds", { seconds }) : sentence(parts[1] ?? "");
  const title = text.startsWith("PENALTY SERVED") ? t("words.served", { penalty }) : penalty;
  return { icon: "steward", title, detail: concerning(parts[2] ?? "") };
}

const OUTCOMES = [
  [/NO (FURTHER|INVESTIGATION)/, "noFurtherAction", "closed"],
  [/AFTER THE|POST.?(RACE|SESSION)/, "afterSession", "steward"],
  [/UNDER INVESTIGATION/, "investigated", "steward"],
  [/NOTED/, "noted", "steward"],
] as const satisfies readonly [RegExp, string, Icon][];

/** "TURN 6 INCIDENT INVOLVING CARS 6 (OVE) AND 88 (WHI) NOTED - COLLISION" -> "Noted", "OVE, WHI, collision". */
function incidentWords(text: string, t: T): Words | undefined {
  if (!/INCIDENT|INVOLVING/.test(text)) return undefined;
  const outcome = OUTCOMES.find(([pattern]) => pattern.test(text));
  return outcome && { icon: outcome[2], title: t(`words.${outcome[1]}`), detail: concerning(text) };
}

/** "CAR 81 (PIA) TIME 1:29.379 DELETED - TRACK LIMITS AT TURN 6 LAP 32 15:20:11" -> "Lap deleted", "PIA 1:29.379, ...". */
function deletedWords(text: string, t: T): Words | undefined {
  const parts =
    /^CAR \d+ \((\w+)\) (?:TIME ([\d:.]+)|LAP) DELETED(?: - (.*?))?(?: LAP \d+.*)?$/.exec(text);
  if (parts === null) return undefined;
  const who = [parts[1], parts[2]].filter(Boolean).join(" ");
  const detail = listed([who, lower(parts[3] ?? "")]);
  return { icon: "deleted", title: t("words.lapDeleted"), detail };
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
