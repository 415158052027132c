import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { SessionSummary } from "../gen/racetime/v1/race_service_pb";
import type { Session } from "../gen/racetime/v1/session_pb";

/** Sessions of one weekend, in the order in which they were held. */
export interface Meeting {
  key: string;
  name: string;
  place: string;
  year: number | undefined;
  sessions: readonly SessionSummary[];
}

/** Group sessions by meeting, the newest first. */
export function meetingsOf(sessions: readonly SessionSummary[]): Meeting[] {
  const groups = new Map<string, SessionSummary[]>();
  for (const summary of sessions) {
    const { session } = summary;
    const key = String(session?.meetingKey ?? `session ${session?.sessionKey}`);
    groups.set(key, [...(groups.get(key) ?? []), summary]);
  }
  return [...groups]
    .map(([key, group]) =>
      meetingOf(
        key,
        [...group].sort((a, b) => startOf(a) - startOf(b)),
      ),
    )
    .sort((one, other) => newest(other) - newest(one));
}

function meetingOf(key: string, sessions: readonly SessionSummary[]): Meeting {
  const { session } = sessions[0] as SessionSummary;
  return {
    key,
    ...meetingNames(session),
    year: session?.year,
    sessions,
  };
}

/** What a weekend is called, and where it is. */
export function meetingNames(session: Session | undefined): { name: string; place: string } {
  const place = [session?.circuitShortName || session?.location, session?.countryName];
  return {
    name: session?.meetingName || session?.location || "–",
    place: place.filter(Boolean).join(", "),
  };
}

const newest = ({ sessions }: Meeting): number => Math.max(...sessions.map(startOf));

/** Start of a session as epoch milliseconds: as scheduled, else where its log begins. */
export function startOf({ session }: SessionSummary): number {
  const time = session?.scheduledStartTime ?? session?.originTime;
  return time === undefined ? 0 : timestampMs(time);
}

/** How much of a session is there, in milliseconds. */
export function lengthOf({
  raceOffsetMillis,
  firstRaceOffsetMillis,
}: SessionSummary): number | undefined {
  return firstRaceOffsetMillis === undefined
    ? undefined
    : Math.max(0, raceOffsetMillis - firstRaceOffsetMillis);
}
