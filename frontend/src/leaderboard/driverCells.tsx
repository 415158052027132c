import { useTranslation } from "react-i18next";
import type { TyreCompound } from "../gen/racetime/v1/car_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { useRace } from "../live/useRace";
import { toggleFavourite, useIsFavourite } from "../settings/favourites";
import { TeamBar } from "../ui/TeamBar";
import { Tyre } from "../ui/Tyre";
import { TextCell } from "./cells";
import { ageCell, stopsCell, unknown } from "./format";
import styles from "./Leaderboard.module.css";

interface CellProps {
  driverNumber: number;
}

export function PositionCell({ driverNumber }: CellProps) {
  const { t } = useTranslation("leaderboard");
  const position = useRace(({ positions }) => positions[driverNumber]?.position);
  const cell = position ? { text: String(position) } : unknown(t("missing.place"));
  return <TextCell name="position" className={styles.position} cell={cell} />;
}

export function DriverCell({ driverNumber }: CellProps) {
  const driver = useRace(({ drivers }) => drivers[driverNumber]);
  const favourite = useIsFavourite(driverNumber);
  const { t } = useTranslation("leaderboard");
  const title = driver && `${driver.fullName} · ${driver.teamName} · ${driverNumber}`;
  return (
    <td className={styles.driver} data-cell="driver" title={title}>
      <TeamBar colour={driver?.teamColour} />
      <b>{driver?.nameAcronym || driverNumber}</b> <span>{driver?.lastName}</span>
      <button
        type="button"
        className={styles.star}
        aria-pressed={favourite}
        aria-label={t("favourite", { driver: driver?.nameAcronym || driverNumber })}
        tabIndex={-1}
        onClick={(event) => {
          event.stopPropagation();
          toggleFavourite(driverNumber);
        }}
      />
    </td>
  );
}

const MOST_EARLIER_SETS = 3;

/** Compounds of the sets before the one fitted, newest first, as one value. */
function earlierSets(state: RaceState, driverNumber: number): string {
  const fitted = state.tyres[driverNumber]?.stint ?? 1;
  const compounds: TyreCompound[] = [];
  for (let stint = fitted - 1; stint >= 1 && compounds.length < MOST_EARLIER_SETS; stint -= 1) {
    const earlier = state.stints[driverNumber * 1000 + stint];
    if (earlier?.stintNumber) compounds.push(earlier.compound);
  }
  return compounds.join();
}

export function TyreCell({ driverNumber }: CellProps) {
  const { t } = useTranslation("leaderboard");
  const tyres = useRace((state) => state.tyres[driverNumber]);
  const earlier = useRace((state) => earlierSets(state, driverNumber));
  if (tyres === undefined) {
    return <TextCell name="tyre" className={styles.tyre} cell={unknown(t("missing.tyres"))} />;
  }
  const age = ageCell(tyres.ageLaps, t);
  return (
    <td className={styles.tyre} data-cell="tyre">
      <span>
        <Tyre compound={tyres.compound} />
        <b title={age.title} data-used={tyres.fittedNew === false || undefined}>
          {age.text}
        </b>
        {(earlier ?? "")
          .split(",")
          .map((compound, index) =>
            compound === "" ? null : (
              <Tyre key={index} compound={Number(compound) as TyreCompound} small />
            ),
          )}
      </span>
    </td>
  );
}

export function StopsCell({ driverNumber }: CellProps) {
  const { t } = useTranslation("leaderboard");
  const status = useRace(({ statuses }) => statuses[driverNumber]);
  return <TextCell name="stops" className={styles.stops} cell={stopsCell(status, t)} />;
}
