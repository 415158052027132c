import { useRace } from "../live/useRace";
import { leaderOf, orderOf } from "../ui/order";
import { usePage } from "../ui/page";
import { TeamBar } from "../ui/TeamBar";
import styles from "./DriverPanel.module.css";
import { Facts } from "./Facts";
import { LapList } from "./LapList";
import { Stints } from "./Stints";

/** The driver chosen, or the leader when none is: gaps, laps, stints. */
export function DriverPanel() {
  const chosen = usePage(({ selectedDriver }) => selectedDriver);
  const first = useRace((state) => leaderOf(state) ?? orderOf(state)[0]);
  const driverNumber = chosen ?? first;
  const driver = useRace(({ drivers }) =>
    driverNumber === undefined ? undefined : drivers[driverNumber],
  );
  if (driverNumber === undefined) {
    return <section className={styles.panel} aria-label="Driver" />;
  }
  return (
    <section className={styles.panel} aria-label="Driver" data-testid="driver-panel">
      <header>
        <TeamBar colour={driver?.teamColour} />
        <h2>{driver?.nameAcronym || driverNumber}</h2>
        <span>
          {[driver?.fullName, driver?.teamName, driverNumber].filter(Boolean).join(" · ")}
        </span>
      </header>
      <Facts driverNumber={driverNumber} />
      <Stints driverNumber={driverNumber} />
      <LapList driverNumber={driverNumber} />
    </section>
  );
}
