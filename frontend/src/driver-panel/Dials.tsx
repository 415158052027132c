import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { OvertakingAidSystem } from "../gen/racetime/v1/track_pb";
import { sourcesOf } from "../live/sources";
import { useControl } from "../live/usePlayback";
import { useRace } from "../live/useRace";
import { usePage } from "../ui/page";
import styles from "./Dials.module.css";
import { runDials } from "./runDials";

/** Speed, gear and pedals of a driver at the playhead. They change as samples come, past React. */
export function Dials({ driverNumber }: { driverNumber: number }) {
  const { t } = useTranslation("driver");
  const absent = useRace(
    (state) => sourcesOf(state).car_data?.newestRaceOffsetMillis === undefined,
  );
  return absent ? (
    <p className={styles.absent}>{t("noTelemetry")}</p>
  ) : (
    <Running driverNumber={driverNumber} />
  );
}

const BARS = ["throttle", "brake", "rpm"] as const;

function Running({ driverNumber }: { driverNumber: number }) {
  const { t } = useTranslation("driver");
  const { telemetry } = useControl();
  const aid = useRace(({ overtakingAid }) => overtakingAid?.system);
  const theme = usePage((page) => page.theme);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => telemetry.follow(driverNumber), [telemetry, driverNumber]);
  useEffect(() => {
    if (root.current === null) return;
    root.current.dataset.theme = theme;
    return runDials(root.current, telemetry, driverNumber, { on: t("on"), off: t("off") });
  }, [telemetry, driverNumber, theme, t]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: figures with a name, not fields of a form
    <div
      ref={root}
      className={styles.dials}
      role="group"
      aria-label={t("telemetry")}
      data-testid="dials"
    >
      <p>
        <b data-dial="speed">–</b> <span>{t("kph")}</span>
      </p>
      <p>
        <b data-dial="gear">–</b> <span>{t("gear")}</span>
      </p>
      <dl>
        {BARS.map((bar) => (
          <div key={bar}>
            <dt>{t(bar)}</dt>
            <dd>
              <i aria-hidden>
                <i data-bar={bar} />
              </i>
              <span data-dial={bar}>–</span>
            </dd>
          </div>
        ))}
        <div>
          <dt>{t(aid === OvertakingAidSystem.OVERTAKE_MODE ? "aid.overtake" : "aid.drs")}</dt>
          <dd>
            <i className={styles.none} aria-hidden />
            <span data-dial="aid">–</span>
          </dd>
        </div>
      </dl>
      <canvas aria-hidden />
    </div>
  );
}
