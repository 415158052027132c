import { formatSeconds, gapCell, intervalCell, lapCell } from "../leaderboard/format";
import { useRace } from "../live/useRace";
import { codeOf, leaderOf, orderOf } from "../ui/order";
import { usePage } from "../ui/page";
import { TeamBar } from "../ui/TeamBar";
import styles from "./DriverPanel.module.css";
import { LapList } from "./LapList";
import { Stints } from "./Stints";

/** The driver chosen, or the leader when none is: gaps, laps, stints. */
export function DriverPanel() {
  const chosen = usePage(({ selectedDriver }) => selectedDriver);
  const leader = useRace(leaderOf);
  const driverNumber = chosen ?? leader;
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

function Facts({ driverNumber }: { driverNumber: number }) {
  const place = useRace(({ positions }) => positions[driverNumber]?.position);
  const gap = useRace(({ gaps }) => gaps[driverNumber]);
  const ahead = useRace((state) => neighbour(state, driverNumber, -1));
  const behind = useRace((state) => neighbour(state, driverNumber, 1));
  const gapBehind = useRace(({ gaps }) => (behind === undefined ? undefined : gaps[behind]));
  const aheadCode = useRace((state) => (ahead === undefined ? "" : codeOf(state, ahead)));
  const behindCode = useRace((state) => (behind === undefined ? "" : codeOf(state, behind)));
  const best = useRace(({ timings }) => timings[driverNumber]?.bestLapMillis);
  const bestLap = useRace(({ timings }) => timings[driverNumber]?.bestLap);
  return (
    <dl className={styles.facts}>
      <Fact name="Place" value={place ? `P${place}` : "–"} detail="" big />
      <Fact
        name="Ahead"
        value={place === 1 ? "–" : intervalCell(gap, false).text}
        detail={aheadCode ?? ""}
      />
      <Fact
        name="Behind"
        value={behind === undefined ? "–" : intervalCell(gapBehind, false).text}
        detail={behindCode ?? ""}
      />
      <Fact
        name="Leader"
        value={place === 1 ? formatSeconds(0) : gapCell(gap, false).text}
        detail=""
      />
      <Fact
        name="Best lap"
        value={lapCell(best).text}
        detail={bestLap === undefined ? "" : `L${bestLap}`}
      />
    </dl>
  );
}

function neighbour(
  state: Parameters<typeof orderOf>[0],
  driverNumber: number,
  step: 1 | -1,
): number | undefined {
  const order = orderOf(state);
  return order[order.indexOf(driverNumber) + step];
}

function Fact({
  name,
  value,
  detail,
  big = false,
}: {
  name: string;
  value: string;
  detail: string;
  big?: boolean;
}) {
  return (
    <div className={big ? styles.big : undefined}>
      <dt>
        {name} {detail && <b>{detail}</b>}
      </dt>
      <dd>{value}</dd>
    </div>
  );
}
