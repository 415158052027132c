import type { TFunction } from "i18next";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import {
  Provenance,
  type Session,
  type SessionClock,
  SessionPhase,
} from "../gen/racetime/v1/session_pb";
import type { SessionTimes } from "../live/watchRace";

/** 4759000 -> "1:19:19"; under an hour "19:19". Negative times count down. */
export function formatClock(millis: number): string {
  const seconds = Math.floor(Math.abs(millis) / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const padded = (part: number): string => String(part).padStart(2, "0");
  const sign = millis <= -1000 ? "−" : "";
  const front = hours > 0 ? `${hours}:${padded(minutes)}` : String(minutes);
  return `${sign}${front}:${padded(seconds % 60)}`;
}

/** Time of day at the circuit, such as "16:37:41"; unset when origin or offset are not known. */
export function localTime(
  times: SessionTimes,
  gmtOffsetMinutes: number | undefined,
  raceOffsetMillis: number | undefined,
): string | undefined {
  if (times.originMillis === undefined || raceOffsetMillis === undefined) return undefined;
  if (gmtOffsetMinutes === undefined) return undefined;
  const instant = new Date(times.originMillis + raceOffsetMillis + gmtOffsetMinutes * 60_000);
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString().slice(11, 19);
}

/** Time since the start, or until the scheduled one; unset when neither is known. */
export function elapsedMillis(
  clock: SessionClock | undefined,
  times: SessionTimes,
  now: number,
): number | undefined {
  const start = clock?.startedRaceOffsetMillis;
  const end = clock?.finishedRaceOffsetMillis;
  // An end before the start is that of the part before: Q1's flag, when Q2 runs.
  if (start !== undefined)
    return (end !== undefined && end >= start ? Math.min(now, end) : now) - start;
  if (times.scheduledStartMillis === undefined || times.originMillis === undefined)
    return undefined;
  if (clock?.phase !== undefined && clock.phase !== SessionPhase.UPCOMING) return undefined;
  return Math.min(0, times.originMillis + now - times.scheduledStartMillis);
}

/** Running time left, in sessions that have one. */
export function remainingMillis(clock: SessionClock | undefined, now: number): number | undefined {
  if (clock?.remainingMillis === undefined) return undefined;
  const since = clock.running ? now - (clock.asOfRaceOffsetMillis ?? now) : 0;
  return Math.max(0, clock.remainingMillis - since);
}

/** Where the data comes from, in a word, and how it is framed. */
export function modeOf(
  t: TFunction<"header">,
  session: Session | undefined,
): { word: string; frame: "solid" | "dashed" | "live" } | undefined {
  switch (session?.provenance) {
    case Provenance.LIVE:
      return { word: t("mode.live"), frame: "live" };
    case Provenance.REPLAY:
      return { word: t("mode.replay"), frame: "solid" };
    case Provenance.SIMULATED:
      return { word: t("mode.simulated"), frame: "dashed" };
    default:
      return undefined;
  }
}

/** "×20"; empty at the race's own speed. */
export function formatSpeed(speed: number | undefined): string {
  return speed === undefined || speed === 1 ? "" : `×${Number(speed.toFixed(2))}`;
}

/** Letters of a meeting's name that fit beside the flag. */
const LONG_NAME = 22;

export function sessionTitle(
  t: TFunction<"header">,
  state: RaceState,
): { meeting: string; session: string } {
  const { session } = state;
  const place = session?.circuitShortName || session?.location;
  const meeting = session?.meetingName || session?.location || t("session");
  return {
    meeting: meeting.length > LONG_NAME ? meeting.replace(/ Grand Prix$/, " GP") : meeting,
    session: [session?.sessionName, place].filter(Boolean).join(" · "),
  };
}
