import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import type { Stint } from "../gen/racetime/v1/history_pb";
import { useRace } from "../live/useRace";
import { Tyre } from "../ui/Tyre";
import { compoundLetter } from "../ui/tyres";
import styles from "./DriverPanel.module.css";
import { pitStopsOf, stintLaps, stintsOf } from "./laps";

/** The runs on each set of tyres, as long as their laps, and the stops between them. */
export function Stints({ driverNumber }: { driverNumber: number }) {
  const { t } = useTranslation("driver");
  const stints = useRace(useShallow((state) => stintsOf(state, driverNumber))) ?? [];
  const stops = useRace(useShallow((state) => pitStopsOf(state, driverNumber))) ?? [];
  const known = stops.filter(({ laneMillis }) => laneMillis !== undefined);
  return (
    <div className={styles.stints}>
      <ol aria-label={t("stints")}>
        {stints.map((stint) => (
          <StintBar key={stint.stintNumber} stint={stint} />
        ))}
        {stints.length === 0 && <li className={styles.nothing}>{t("noStints")}</li>}
      </ol>
      {known.length > 0 && (
        <p>
          {t("pitLane")}{" "}
          {known.map(({ lapNumber, laneMillis }) => (
            <span key={lapNumber}>
              L{lapNumber} <b>{((laneMillis ?? 0) / 1000).toFixed(1)} s</b>
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

const COMPOUNDS: Partial<Record<string, "soft" | "medium" | "hard" | "intermediate" | "wet">> = {
  S: "soft",
  M: "medium",
  H: "hard",
  I: "intermediate",
  W: "wet",
};

function StintBar({ stint }: { stint: Stint }) {
  const { t } = useTranslation("driver");
  const laps = stintLaps(stint);
  const letter = compoundLetter(stint.compound);
  const name = t(`compounds.${COMPOUNDS[letter] ?? "unknown"}`);
  const colour = letter === "?" ? "var(--t3)" : `var(--ty-${letter})`;
  return (
    <li
      style={{ flexGrow: Math.max(3, laps ?? 3), borderColor: colour }}
      title={[name, laps === undefined ? "–" : t("laps", { count: laps })].join(", ")}
    >
      <Tyre compound={stint.compound} small />
      <span>{laps ?? "–"}</span>
    </li>
  );
}
