import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { SessionSummary } from "../gen/racetime/v1/race_service_pb";
import { Lane } from "../gen/racetime/v1/update_record_pb";
import { useSessions } from "../live/usePlayback";
import { takeFocus } from "../ui/takeFocus";
import { Link } from "./Link";
import { lengthOf, type Meeting, meetingsOf, startOf } from "./listSessions";
import { linkTo } from "./route";
import styles from "./Sessions.module.css";

/** What can be watched. It tells no results: who wants no spoilers may look. */
export function SessionsPage() {
  const { t } = useTranslation("sessions");
  const list = useSessions((state) => state.list);
  const failed = useSessions((state) => state.failed);
  const meetings = useMemo(() => list && meetingsOf(list), [list]);
  return (
    <main className={styles.page} id="main" tabIndex={-1} ref={takeFocus} data-testid="sessions">
      <header>
        <h1>{t("title")}</h1>
        <Link to="/">{t("toLive")}</Link>
        <Link to="/schedule">{t("toSchedule")}</Link>
      </header>
      {meetings?.length === 0 && <p>{t("none")}</p>}
      {meetings === undefined && <p>{t(failed ? "failed" : "loading")}</p>}
      {meetings?.map((meeting) => (
        <MeetingSection key={meeting.key} meeting={meeting} />
      ))}
    </main>
  );
}

function MeetingSection({ meeting }: { meeting: Meeting }) {
  return (
    <section>
      <h2>
        {meeting.name} {meeting.year}
        <span>{meeting.place}</span>
      </h2>
      <ul>
        {meeting.sessions.map((summary) => (
          <SessionLine key={summary.session?.sessionKey} summary={summary} />
        ))}
      </ul>
    </section>
  );
}

function SessionLine({ summary }: { summary: SessionSummary }) {
  const { t, i18n } = useTranslation("sessions");
  const { session, live, lanes } = summary;
  const sessionKey = session?.sessionKey ?? 0;
  const length = lengthOf(summary);
  const format = new Intl.DateTimeFormat(i18n.language, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  return (
    <li data-testid="session" data-session={sessionKey} data-live={live}>
      <b>{session?.sessionName || "–"}</b>
      {live && <em>{t("live")}</em>}
      <time dateTime={new Date(startOf(summary)).toISOString()}>
        {format.format(startOf(summary))}
      </time>
      <span>
        {length === undefined ? "–" : t("minutes", { count: Math.round(length / 60_000) })}
        {!lanes.includes(Lane.MOTION) && ` · ${t("noPositions")}`}
      </span>
      <Link to={live ? "/" : linkTo({ sessionKey })} className={styles.watch}>
        {t(live ? "watchLive" : "watch")}
      </Link>
      <Link
        to={linkTo({ sessionKey, spoilerFree: true })}
        className={styles.watch}
        title={t("spoilerFreeTitle")}
      >
        {t("spoilerFree")}
      </Link>
    </li>
  );
}
