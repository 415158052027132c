import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { useRace } from "../live/useRace";
import { sentence } from "../race-control/entries";
import radio from "../radio/Radio.module.css";
import { Recording } from "../radio/Recording";
import { recordingsOf } from "../radio/radioSettings";
import styles from "./DriverPanel.module.css";
import { matterState, mattersOf, outcomeOf } from "./standing";

const SHOWN_RECORDINGS = 3;

/** What the stewards have with a driver; nothing when there is nothing. */
export function Matters({ driverNumber }: { driverNumber: number }) {
  const { t } = useTranslation("driver");
  const matters = useRace(useShallow((state) => mattersOf(state, driverNumber))) ?? [];
  if (matters.length === 0) return null;
  return (
    <ul className={styles.matters} aria-label={t("stewards")}>
      {matters.map((matter) => (
        <li key={`${matter.firstRaceOffsetMillis}/${matter.message}`} title={matter.message}>
          <b>{matterState(matter, t)}</b> {sentence(matter.reason || matter.message)}
        </li>
      ))}
    </ul>
  );
}

/** The newest recordings of a driver's radio. */
export function DriverRadio({ driverNumber }: { driverNumber: number }) {
  const { t } = useTranslation("driver");
  const recordings =
    useRace(
      useShallow(({ teamRadio }) =>
        recordingsOf(teamRadio, (one) => one === driverNumber).slice(0, SHOWN_RECORDINGS),
      ),
    ) ?? [];
  if (recordings.length === 0) return null;
  return (
    <ul className={`${radio.list} ${styles.radio}`} aria-label={t("radio")}>
      {recordings.map((recording) => (
        <Recording key={recording.recordingUrl} recording={recording} />
      ))}
    </ul>
  );
}

/** The official result, once there is one, and the place in the championship. */
export function Outcome({ driverNumber }: { driverNumber: number }) {
  const { t } = useTranslation("driver");
  const parts = useRace(useShallow((state) => outcomeOf(state, driverNumber, t))) ?? [];
  return parts.length === 0 ? null : <p className={styles.outcome}>{parts.join(" · ")}</p>;
}
