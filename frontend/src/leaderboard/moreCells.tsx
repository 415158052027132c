import { useTranslation } from "react-i18next";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { useRace } from "../live/useRace";
import { TextCell } from "./cells";
import type { ColumnName } from "./columns";
import { closingPerLap, netPlace, pendingPenalties, trackLimits } from "./derive";
import { formatLapTime, formatSeconds } from "./format";
import styles from "./Leaderboard.module.css";

interface Props {
  driverNumber: number;
}

/** A column of one figure a driver, which is derived from the state. */
function figure(
  name: ColumnName,
  select: (state: RaceState, driverNumber: number) => number | undefined,
  format: (value: number) => string,
) {
  return function FigureCell({ driverNumber }: Props) {
    const { t } = useTranslation("leaderboard");
    const value = useRace((state) => select(state, driverNumber));
    const cell =
      value === undefined ? { text: "–", title: t("notKnown") } : { text: format(value) };
    return <TextCell name={name} className={`${styles.figure} ${styles.extra}`} cell={cell} />;
  };
}

export const BestSector1 = figure("bs1", (s, n) => s.carBests[n]?.sector1Millis, formatSeconds);
export const BestSector2 = figure("bs2", (s, n) => s.carBests[n]?.sector2Millis, formatSeconds);
export const BestSector3 = figure("bs3", (s, n) => s.carBests[n]?.sector3Millis, formatSeconds);
export const Phase1 = figure("q1", (s, n) => s.carBests[n]?.phase1LapMillis, formatLapTime);
export const Phase2 = figure("q2", (s, n) => s.carBests[n]?.phase2LapMillis, formatLapTime);
export const Phase3 = figure("q3", (s, n) => s.carBests[n]?.phase3LapMillis, formatLapTime);
export const SpeedCell = figure("speed", (s, n) => s.carBests[n]?.speedTrapKph, String);
export const LapsCell = figure("laps", (s, n) => s.timings[n]?.lapsCompleted, String);
export const LimitsCell = figure("limits", trackLimits, String);
export const ClosingCell = figure("closing", closingPerLap, formatClosing);

/** −0.4 a lap closes in and is marked by a shape; +0.9 falls back. */
function formatClosing(millis: number): string {
  const text = (Math.abs(millis) / 1000).toFixed(1);
  if (text === "0.0") return "0.0";
  return millis < 0 ? `»−${text}` : `+${text}`;
}

export function NetCell({ driverNumber }: Props) {
  const { t } = useTranslation("leaderboard");
  const place = useRace((state) => netPlace(state, driverNumber));
  const reasons = useRace((state) =>
    pendingPenalties(state, driverNumber)
      .map(({ message }) => message)
      .join("\n"),
  );
  const cell =
    place === undefined
      ? { text: "–", title: t("notKnown") }
      : { text: String(place), title: reasons || t("noPenalty") };
  return <TextCell name="net" className={`${styles.figure} ${styles.extra}`} cell={cell} />;
}
