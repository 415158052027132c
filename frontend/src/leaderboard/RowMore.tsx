import { useTranslation } from "react-i18next";
import { Matters } from "../driver-panel/Matters";
import { Stints } from "../driver-panel/Stints";
import { useRace } from "../live/useRace";
import { BestCell, LastCell } from "./cells";
import { StopsCell } from "./driverCells";
import styles from "./RowMore.module.css";
import { Sector1, Sector2, Sector3 } from "./SectorCells";

const FIGURES = [
  ["last", LastCell],
  ["best", BestCell],
  ["s1", Sector1],
  ["s2", Sector2],
  ["s3", Sector3],
  ["stops", StopsCell],
] as const;

/** What a phone's row has no room for: laps, sectors, stints, stops and what the stewards have. */
export function RowMore({ driverNumber }: { driverNumber: number }) {
  const { t } = useTranslation("leaderboard");
  const known = useRace(({ drivers }) => drivers[driverNumber] !== undefined);
  return (
    <div className={styles.more} data-testid="row-more" data-of={driverNumber}>
      <table>
        <thead>
          <tr>
            {FIGURES.map(([name]) => (
              <th key={name} scope="col" title={t(`columns.${name}`)}>
                {t(`heads.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            {FIGURES.map(([name, Cell]) => (
              <Cell key={name} driverNumber={driverNumber} />
            ))}
          </tr>
        </tbody>
      </table>
      {known && <Stints driverNumber={driverNumber} />}
      <Matters driverNumber={driverNumber} />
    </div>
  );
}
