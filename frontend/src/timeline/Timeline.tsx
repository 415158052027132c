import { useTranslation } from "react-i18next";
import { useRace } from "../live/useRace";
import { useFavourites } from "../settings/favourites";
import { DelayControl } from "../time/DelayControl";
import { codeOf, orderKey, parseOrder } from "../ui/order";
import { usePhone } from "../ui/usePhone";
import { Axis } from "./Axis";
import { Scrubber } from "./Scrubber";
import { flagStretches, type Stretch, tyreStretches } from "./strips";
import styles from "./Timeline.module.css";
import { Transport } from "./Transport";
import { type Shown, useStory } from "./useStory";

const MOST_DRIVERS = 3;

/** The session from beginning to end, under everything: laps, flags, tyres of favourites; also the way to another instant. */
export function Timeline() {
  const { t } = useTranslation("timeline");
  const shown = useStory();
  const phone = usePhone();
  return (
    <section className={styles.timeline} aria-label={t("title")} data-testid="timeline">
      <Transport />
      {phone && <DelayControl />}
      {shown && <Tracks {...shown} />}
    </section>
  );
}

function Tracks(shown: Shown) {
  const { t } = useTranslation("timeline");
  const { story, scale, known } = shown;
  const drivers = useShownDrivers();
  const codes = useRace((state) => drivers.map((number) => codeOf(state, number)).join()) ?? "";
  const names = codes.split(",");
  const flagKnown = useRace(({ trackStatus }) => (trackStatus?.flag ?? 0) !== 0);
  return (
    <>
      <div className={styles.names} aria-hidden>
        <span>{t(scale.lapCount > 0 ? "lap" : "time")}</span>
        <span>{t("flag")}</span>
        {drivers.map((driverNumber, index) => (
          <b key={driverNumber}>{names[index]}</b>
        ))}
      </div>
      <div className={styles.tracks}>
        <Axis scale={scale} />
        <Strip
          name="flags"
          stretches={flagStretches(story, scale, known)}
          done={flagKnown ? scale.shareOf(known) : 0}
        />
        {drivers.map((driverNumber) => (
          <Strip
            key={driverNumber}
            name="tyres"
            stretches={tyreStretches(story, scale, driverNumber, known)}
          />
        ))}
        <Scrubber {...shown} />
      </div>
    </>
  );
}

function useShownDrivers(): number[] {
  const favourites = useFavourites();
  const order = parseOrder(useRace(orderKey));
  const here = favourites.filter((number) => order.includes(number));
  return (here.length > 0 ? here : order).slice(0, MOST_DRIVERS);
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

function Strip({
  name,
  stretches,
  done,
}: {
  name: "flags" | "tyres";
  stretches: readonly Stretch[];
  done?: number;
}) {
  return (
    <div className={styles[name]} aria-hidden>
      {done !== undefined && <i className={styles.green} style={{ width: percent(done) }} />}
      {stretches.map(({ from, to, look, letter }) => (
        <i
          key={`${from}${letter}`}
          data-look={look}
          style={{ left: percent(from), width: percent(Math.max(to - from, 0.0015)) }}
        >
          {(name === "tyres" || to - from > 0.02) && <b>{letter}</b>}
        </i>
      ))}
    </div>
  );
}
