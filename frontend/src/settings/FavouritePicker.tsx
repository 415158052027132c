import { useTranslation } from "react-i18next";
import { useRace } from "../live/useRace";
import { codeOf } from "../ui/order";
import { TeamBar } from "../ui/TeamBar";
import { toggleFavourite, useFavourites } from "./favourites";
import styles from "./Settings.module.css";

/** Drivers to follow, of those in the session. */
export function FavouritePicker() {
  const { t } = useTranslation("settings");
  const drivers = useRace((state) => state.drivers) ?? {};
  const key = useRace((state) =>
    Object.keys(state.drivers)
      .map((number) => codeOf(state, Number(number)))
      .join(),
  );
  const chosen = useFavourites();
  const numbers = Object.keys(drivers).map(Number);
  if (numbers.length === 0) return <p className={styles.hint}>{t("noDrivers")}</p>;
  const codes = (key ?? "").split(",");
  return (
    <div className={styles.favourites}>
      {numbers.map((number, index) => (
        <button
          key={number}
          type="button"
          aria-pressed={chosen.includes(number)}
          title={drivers[number]?.fullName}
          onClick={() => toggleFavourite(number)}
        >
          <TeamBar colour={drivers[number]?.teamColour} />
          {codes[index]}
          <i aria-hidden>{chosen.includes(number) ? "★" : "☆"}</i>
        </button>
      ))}
    </div>
  );
}
