import { useTranslation } from "react-i18next";
import type { Session } from "../gen/racetime/v1/session_pb";
import { useTicking } from "../live/useRace";
import { takeFocus } from "../ui/takeFocus";
import { Link } from "./Link";
import styles from "./Sessions.module.css";
import { beginOf, countdown, nextOf, type Weekend, weekendsToCome } from "./schedule";
import { useSchedule } from "./useSchedule";

/** What is to come: a countdown to the next session, and the weekends behind it. */
export function SchedulePage() {
  const { t } = useTranslation("schedule");
  const schedule = useSchedule();
  const minute = useTicking(() => Math.floor(Date.now() / 60_000)) * 60_000;
  const sessions = schedule?.sessions ?? [];
  const weekends = weekendsToCome(sessions, minute);
  const next = nextOf(sessions, minute);
  return (
    <main className={styles.page} id="main" tabIndex={-1} ref={takeFocus} data-testid="schedule">
      <header>
        <h1>{t("title")}</h1>
        <Link to="/">{t("toLive")}</Link>
        <Link to="/sessions">{t("toSessions")}</Link>
        {weekends.length > 0 && (
          <CalendarButton sessions={weekends.flatMap((one) => one.sessions)} />
        )}
      </header>
      {schedule === undefined && <p>{t("loading")}</p>}
      {schedule?.failed && <p>{t("failed")}</p>}
      {schedule !== undefined && !schedule.failed && weekends.length === 0 && <p>{t("none")}</p>}
      {next && <Countdown next={next} />}
      {weekends.map((weekend) => (
        <WeekendSection key={weekend.key} weekend={weekend} />
      ))}
    </main>
  );
}

function CalendarButton({ sessions }: { sessions: readonly Session[] }) {
  const { t } = useTranslation("schedule");
  const download = async (): Promise<void> =>
    (await import("./calendar")).downloadCalendar(sessions);
  return (
    <button type="button" className={styles.watch} onClick={() => void download()}>
      {t("calendar")}
    </button>
  );
}

function Countdown({ next }: { next: Session }) {
  const { t } = useTranslation("schedule");
  const text = useTicking(() => {
    const [days, hours, minutes, seconds] = countdown(beginOf(next) - Date.now());
    const clock = [hours, minutes, seconds].map((part) => String(part).padStart(2, "0")).join(":");
    return days > 0 ? `${t("days", { count: days })} ${clock}` : clock;
  });
  return (
    <p className={styles.countdown} data-testid="countdown">
      <span>{[next.meetingName, next.sessionName].filter(Boolean).join(" · ")}</span>
      <b>{text}</b>
    </p>
  );
}

function WeekendSection({ weekend }: { weekend: Weekend }) {
  return (
    <section>
      <h2>
        {weekend.name}
        <span>{weekend.place}</span>
      </h2>
      <ul className={styles.times}>
        {weekend.sessions.map((session) => (
          <SessionTime key={session.sessionKey} session={session} />
        ))}
      </ul>
    </section>
  );
}

function SessionTime({ session }: { session: Session }) {
  const { t, i18n } = useTranslation("schedule");
  const begin = beginOf(session);
  const own = new Intl.DateTimeFormat(i18n.language, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
  const there =
    session.gmtOffsetMinutes === undefined
      ? undefined
      : new Date(begin + session.gmtOffsetMinutes * 60_000).toISOString().slice(11, 16);
  return (
    <li data-cancelled={session.cancelled}>
      <b>{session.sessionName || "–"}</b>
      {session.cancelled && <em>{t("cancelled")}</em>}
      <time dateTime={new Date(begin).toISOString()}>{own.format(begin)}</time>
      <span>{there === undefined ? "–" : t("there", { time: there })}</span>
    </li>
  );
}
