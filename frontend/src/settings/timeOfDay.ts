import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { type ClockFormat, choices, useChoices, type Zone } from "./choices";

export interface TimeOfDayOptions {
  zone: Zone;
  clock: ClockFormat;
  language: string;
  /** Offset of the circuit's time from UTC; unset when it is not known. */
  gmtOffsetMinutes: number | undefined;
  /** With seconds unless it is false. */
  seconds?: boolean;
}

/** Tell an instant as the time of day in a zone, such as "16:37:41"; unset when the zone's offset is not known. */
export function timeOfDay(instantMillis: number, options: TimeOfDayOptions): string | undefined {
  const { zone, clock, language, gmtOffsetMinutes, seconds = true } = options;
  if (zone === "circuit" && gmtOffsetMinutes === undefined) return undefined;
  const shift = zone === "circuit" ? (gmtOffsetMinutes ?? 0) * 60_000 : 0;
  const shifted = instantMillis + shift;
  if (Number.isNaN(new Date(shifted).getTime())) return undefined;
  return formatter(language, zone, clock, seconds).format(shifted);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making a format is slow, and clocks tick. */
function formatter(
  language: string,
  zone: Zone,
  clock: ClockFormat,
  seconds: boolean,
): Intl.DateTimeFormat {
  const key = [language, zone, clock, seconds].join();
  const made =
    formatters.get(key) ??
    new Intl.DateTimeFormat(language, {
      hour: clock === "h24" ? "2-digit" : "numeric",
      minute: "2-digit",
      hourCycle: clock === "h24" ? "h23" : "h12",
      ...(seconds && { second: "2-digit" }),
      ...(zone !== "mine" && { timeZone: "UTC" }),
    });
  formatters.set(key, made);
  return made;
}

/** How to tell times of day as the viewer chose: of an instant and the circuit's offset from UTC. */
export function useTimeOfDay(): (
  instantMillis: number,
  gmtOffsetMinutes: number | undefined,
  seconds?: boolean,
) => string | undefined {
  useTranslation();
  useChoices(({ zone, clock }) => `${zone} ${clock}`);
  return tellTimeOfDay;
}

/** The same, outside of components. */
export function tellTimeOfDay(
  instantMillis: number,
  gmtOffsetMinutes: number | undefined,
  seconds = true,
): string | undefined {
  const { zone, clock } = choices.getState();
  const language = i18next.resolvedLanguage ?? "en";
  return timeOfDay(instantMillis, { zone, clock, language, gmtOffsetMinutes, seconds });
}
