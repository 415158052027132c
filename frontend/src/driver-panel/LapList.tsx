import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import type { Lap } from "../gen/racetime/v1/history_pb";
import { DASH, formatLapTime, formatSeconds } from "../leaderboard/format";
import { useRace } from "../live/useRace";
import styles from "./DriverPanel.module.css";
import { newestLaps } from "./laps";

const SHOWN_LAPS = 24;

/** The newest laps of a driver with their sectors. */
export function LapList({ driverNumber }: { driverNumber: number }) {
  const { t } = useTranslation("driver");
  const laps = useRace(useShallow((state) => newestLaps(state, driverNumber, SHOWN_LAPS))) ?? [];
  const best = useRace(({ timings }) => timings[driverNumber]?.bestLap);
  const bestOfAll = useRace(({ bests }) => bests?.lapDriverNumber === driverNumber);
  return (
    <div className={styles.laps}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("lap")}</th>
            <th scope="col">{t("time")}</th>
            <th scope="col">S1</th>
            <th scope="col">S2</th>
            <th scope="col">S3</th>
          </tr>
        </thead>
        <tbody>
          {laps.map((lap) => (
            <LapRow
              key={lap.lapNumber}
              lap={lap}
              mark={lap.lapNumber === best ? (bestOfAll ? "best" : "personal") : "none"}
            />
          ))}
        </tbody>
      </table>
      {laps.length === 0 && <p>{t("noLaps")}</p>}
    </div>
  );
}

function LapRow({ lap, mark }: { lap: Lap; mark: string }) {
  const { t } = useTranslation("driver");
  const time = lap.lapMillis === undefined ? DASH : formatLapTime(lap.lapMillis);
  return (
    <tr data-deleted={lap.deleted} title={lap.deleted ? t("deleted") : undefined}>
      <td>
        {lap.lapNumber}
        {lap.pitOut && <abbr title={t("outOfPit")}> {t("out")}</abbr>}
      </td>
      <td data-mark={mark}>{time}</td>
      <Sector millis={lap.sector1Millis} />
      <Sector millis={lap.sector2Millis} />
      <Sector millis={lap.sector3Millis} />
    </tr>
  );
}

function Sector({ millis }: { millis: number | undefined }) {
  return <td>{millis === undefined ? DASH : formatSeconds(millis)}</td>;
}
