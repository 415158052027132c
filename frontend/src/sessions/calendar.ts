import { createEvents, type EventAttributes } from "ics";
import type { Session } from "../gen/racetime/v1/session_pb";
import { meetingNames } from "./listSessions";
import { beginOf, endOf } from "./schedule";

/** Write sessions as a calendar file. */
export function calendarOf(sessions: readonly Session[]): string {
  const { value, error } = createEvents(sessions.filter((one) => beginOf(one) > 0).map(eventOf), {
    calName: "RaceTime",
    productId: "racetime",
  });
  if (value === undefined || value === null)
    throw error ?? new Error("no calendar could be written");
  return value;
}

function eventOf(session: Session): EventAttributes {
  return {
    uid: `session-${session.sessionKey}@racetime`,
    title: [session.meetingName, session.sessionName].filter(Boolean).join(": "),
    location: meetingNames(session).place,
    start: beginOf(session),
    startInputType: "utc",
    end: endOf(session),
    endInputType: "utc",
    status: session.cancelled ? "CANCELLED" : "CONFIRMED",
  };
}

/** Hand the calendar to the browser as a file. */
export function downloadCalendar(sessions: readonly Session[]): void {
  const url = URL.createObjectURL(new Blob([calendarOf(sessions)], { type: "text/calendar" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "racetime.ics";
  link.click();
  URL.revokeObjectURL(url);
}
