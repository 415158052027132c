import { useTranslation } from "react-i18next";
import { useRace } from "../live/useRace";
import { leaderOf, orderOf } from "../ui/order";
import { usePage } from "../ui/page";
import { TeamBar } from "../ui/TeamBar";
import { Dials } from "./Dials";
import styles from "./DriverPanel.module.css";
import { Facts } from "./Facts";
import { LapList } from "./LapList";
import { DriverRadio, Matters, Outcome } from "./Matters";
import { Stints } from "./Stints";
import { StopNow } from "./StopNow";

/** The driver chosen, or the leader when none is: telemetry, gaps, stints, stewards, radio, laps. */
export function DriverPanel() {
  const { t } = useTranslation("driver");
  const chosen = usePage(({ selectedDriver }) => selectedDriver);
  const first = useRace((state) => leaderOf(state) ?? orderOf(state)[0]);
  const driverNumber = chosen ?? first;
  const driver = useRace(({ drivers }) =>
    driverNumber === undefined ? undefined : drivers[driverNumber],
  );
  if (driverNumber === undefined)
    return <section className={styles.panel} aria-label={t("title")} />;
  return (
    <section className={styles.panel} aria-label={t("title")} data-testid="driver-panel">
      <header>
        <TeamBar colour={driver?.teamColour} />
        <h2>{driver?.nameAcronym || driverNumber}</h2>
        <span>
          {[driver?.fullName, driver?.teamName, driverNumber].filter(Boolean).join(" · ")}
        </span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <div className={styles.parts} tabIndex={0}>
        <Dials driverNumber={driverNumber} />
        <Facts driverNumber={driverNumber} />
        <StopNow driverNumber={driverNumber} />
        <Outcome driverNumber={driverNumber} />
        <Matters driverNumber={driverNumber} />
        <Stints driverNumber={driverNumber} />
        <DriverRadio driverNumber={driverNumber} />
        <LapList driverNumber={driverNumber} />
      </div>
    </section>
  );
}
