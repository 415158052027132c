import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useRace, useRaceObject, useTicking } from "../live/useRace";
import { PopOut } from "../popout/PopOut";
import { RoomBadge } from "../rooms/RoomBadge";
import { useChoices } from "../settings/choices";
import { useTimeOfDay } from "../settings/timeOfDay";
import { DelayControl } from "../time/DelayControl";
import { rankedByTime } from "../ui/order";
import { TeamBar } from "../ui/TeamBar";
import { usePhone } from "../ui/usePhone";
import { Connection } from "./Connection";
import { FlagBlock } from "./FlagBlock";
import styles from "./Header.module.css";
import { type Lead, lapText, leadOf } from "./lead";
import { Sources } from "./Sources";
import {
  elapsedMillis,
  formatClock,
  formatSpeed,
  modeOf,
  remainingMillis,
  sessionTitle,
} from "./times";

/** What one must know in the first second: flag, session, lap, leader, clock, and whether it is all fresh. */
export function Header() {
  const phone = usePhone();
  return (
    <header className={styles.header}>
      <FlagBlock />
      <Title />
      <LapCount />
      <Leader />
      <Clock />
      <Sources />
      <Connection />
      {!phone && <DelayControl />}
    </header>
  );
}

function Title() {
  const { t } = useTranslation("header");
  const meeting = useRace((state) => sessionTitle(t, state).meeting);
  const session = useRace((state) => sessionTitle(t, state).session);
  return (
    <div className={styles.title}>
      <h1 title={meeting}>{meeting}</h1>
      <p>
        <span>{session}</span>
        <Mode />
        <RoomBadge />
        <PopOut />
      </p>
    </div>
  );
}

/** LIVE, REPLAY or SIMULATED, always beside the session's name. */
export function Mode() {
  const { t } = useTranslation("header");
  const session = useRace((state) => state.session);
  const mode = modeOf(t, session);
  return (
    mode && (
      <span className={styles.mode} data-frame={mode.frame} data-testid="mode">
        {mode.word} {formatSpeed(session?.speed)}
      </span>
    )
  );
}

function LapCount() {
  const { t } = useTranslation("header");
  const byTime = useRace(rankedByTime) ?? false;
  const current = useRace((state) => lapText(state).current);
  const total = useRace((state) => lapText(state).total);
  const phase = useRace(({ qualifying }) => qualifying?.phase);
  if (byTime) return <TimeLeft phase={phase} />;
  return (
    <p className={styles.lap} data-testid="lap">
      <span>{t("lap")}</span> <b>{current}</b>
      <em>{total}</em>
    </p>
  );
}

function TimeLeft({ phase }: { phase: number | undefined }) {
  const { store, clock } = useRaceObject();
  const { t } = useTranslation("header");
  const text = useTicking((wall) => {
    const left = remainingMillis(store.getState().state?.clock, clock.now(wall) ?? 0);
    return left === undefined ? undefined : formatClock(left);
  });
  const part = phase === undefined ? undefined : `Q${phase}`;
  return (
    <p className={styles.lap} data-testid="time-left" title={t("timeLeft")}>
      {text === undefined && part !== undefined ? (
        <b>{part}</b>
      ) : (
        <>
          <span>{part ?? t("left")}</span> <b>{text ?? "–"}</b>
        </>
      )}
    </p>
  );
}

export function useLead(): Lead | undefined {
  const { t } = useTranslation("header");
  const key = useRace((state) => JSON.stringify(leadOf(t, state)));
  return useMemo(() => (key === undefined ? undefined : (JSON.parse(key) as Lead)), [key]);
}

function Leader() {
  const lead = useLead();
  return (
    <div className={styles.fact} data-testid="leader">
      <b>
        <TeamBar colour={lead?.colour} />
        {lead?.code ?? "–"}
      </b>
      <span>{lead?.detail}</span>
    </div>
  );
}

function Clock() {
  const { store, clock } = useRaceObject();
  const { t } = useTranslation("header");
  const elapsed = useTicking((wall) => {
    const { state, times } = store.getState();
    const now = clock.now(wall);
    const millis = now === undefined ? undefined : elapsedMillis(state?.clock, times, now);
    return millis === undefined ? "–" : formatClock(millis);
  });
  const timeOfDay = useTimeOfDay();
  const zone = useChoices((chosen) => chosen.zone);
  const time = useTicking((wall) => {
    const { state, times } = store.getState();
    const now = clock.now(wall);
    if (times.originMillis === undefined || now === undefined) return undefined;
    return timeOfDay(times.originMillis + now, state?.session?.gmtOffsetMinutes);
  });
  return (
    <div className={`${styles.fact} ${styles.clock}`} data-testid="clock">
      <b>{elapsed}</b>
      <span>{time === undefined ? t("zone.unknown") : t(`zone.${zone}`, { time })}</span>
    </div>
  );
}
