import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Session } from "../gen/racetime/v1/session_pb";
import { meetingNames } from "./listSessions";

/** Sessions of one weekend as announced. */
export interface Weekend {
  key: string;
  name: string;
  place: string;
  sessions: readonly Session[];
}

/** A session without an end is taken to last so long. */
const TYPICAL_MILLIS = 2 * 3_600_000;

export const beginOf = ({ scheduledStartTime }: Session): number =>
  scheduledStartTime === undefined ? 0 : timestampMs(scheduledStartTime);

export const endOf = (session: Session): number =>
  session.scheduledEndTime === undefined
    ? beginOf(session) + TYPICAL_MILLIS
    : timestampMs(session.scheduledEndTime);

/** Group the sessions that are not over yet by weekend, the next first. */
export function weekendsToCome(sessions: readonly Session[], now: number): Weekend[] {
  const weekends = new Map<string, Session[]>();
  for (const session of sessions) {
    if (beginOf(session) === 0 || endOf(session) < now) continue;
    const key = String(session.meetingKey ?? session.sessionKey);
    weekends.set(key, [...(weekends.get(key) ?? []), session]);
  }
  return [...weekends]
    .map(([key, group]) => weekendOf(key, group))
    .sort((one, other) => first(one) - first(other));
}

/** The session that begins next, or runs; cancelled ones don't. */
export function nextOf(sessions: readonly Session[], now: number): Session | undefined {
  const open = sessions.filter((one) => !one.cancelled && beginOf(one) > 0 && endOf(one) >= now);
  return open.sort((one, other) => beginOf(one) - beginOf(other))[0];
}

/** Days, hours, minutes and seconds until an instant; zeros when it is past. */
export function countdown(untilMillis: number): [number, number, number, number] {
  const seconds = Math.max(0, Math.floor(untilMillis / 1000));
  return [
    Math.floor(seconds / 86_400),
    Math.floor((seconds % 86_400) / 3_600),
    Math.floor((seconds % 3_600) / 60),
    seconds % 60,
  ];
}

function weekendOf(key: string, group: readonly Session[]): Weekend {
  const sessions = [...group].sort((one, other) => beginOf(one) - beginOf(other));
  const [session] = sessions;
  return {
    key,
    ...meetingNames(session),
    sessions,
  };
}

const first = ({ sessions }: Weekend): number => Math.min(...sessions.map(beginOf));
