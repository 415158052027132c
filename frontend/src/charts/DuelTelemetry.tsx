import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatLapTime } from "../leaderboard/format";
import styles from "./Chart.module.css";
import { Choose } from "./Choose";
import { traceableLaps } from "./duel";
import type { TracedLap } from "./duelModels";
import type { Entrant } from "./entrants";
import type { DrivenLap } from "./field";
import { Traces } from "./Traces";
import { type TraceState, useLapTraces } from "./useLapTraces";
import { useField } from "./useRaceCharts";

const FASTEST = 0;

/** Speed, pedals and gear of a lap of each driver, over distance. */
export function DuelTelemetry({ entrants }: { entrants: readonly Entrant[] }) {
  const { t } = useTranslation("charts");
  const field = useField();
  const [chosen, setChosen] = useState<Readonly<Record<number, number>>>({});
  const wanted = useMemo(
    () =>
      entrants.map((entrant) => {
        const { driverNumber } = entrant;
        const laps = traceableLaps(field, driverNumber);
        const lapNumber = chosen[driverNumber] ?? FASTEST;
        const driven = laps.find(({ lap }) => lap.lapNumber === lapNumber) ?? fastest(laps);
        return { entrant, driverNumber, laps, lapNumber, driven };
      }),
    [entrants, field, chosen],
  );
  const states = useLapTraces(wanted);
  const traced = useMemo(
    () =>
      states.flatMap((state, index): TracedLap[] => {
        const entrant = entrants[index];
        return state.kind === "read" && entrant ? [{ entrant, trace: state.trace }] : [];
      }),
    [states, entrants],
  );
  return (
    <>
      <div className={styles.legend}>
        {wanted.map(({ entrant, driverNumber, laps, lapNumber, driven }, index) => (
          <span key={driverNumber}>
            {entrant.code}
            <Choose<number>
              label={t("lapOf", { code: entrant.code })}
              value={lapNumber}
              options={lapOptions(laps, t("fastestLap"), (lap) => t("lap", { lap }))}
              onChoose={(lap) => setChosen({ ...chosen, [driverNumber]: lap })}
            />
            <State state={states[index]} lap={driven?.lap.lapNumber} />
          </span>
        ))}
      </div>
      {traced.length > 0 && <Traces laps={traced} />}
    </>
  );
}

function fastest(laps: readonly DrivenLap[]): DrivenLap | undefined {
  const time = ({ lap }: DrivenLap): number => lap.lapMillis ?? Number.POSITIVE_INFINITY;
  return laps.reduce<DrivenLap | undefined>(
    (held, lap) => (held === undefined || time(lap) < time(held) ? lap : held),
    undefined,
  );
}

function lapOptions(
  laps: readonly DrivenLap[],
  fastestText: string,
  lapText: (lap: number) => string,
): { value: number; text: string }[] {
  const options = laps.map(({ lap }) => ({
    value: lap.lapNumber,
    text: `${lapText(lap.lapNumber)} ${formatLapTime(lap.lapMillis ?? 0)}`,
  }));
  return [{ value: FASTEST, text: fastestText }, ...options.reverse()];
}

/** What is shown of a lap, or why nothing is. */
function State({ state, lap }: { state: TraceState | undefined; lap: number | undefined }) {
  const { t } = useTranslation("charts");
  if (lap === undefined) return <em role="status">{t("noLaps")}</em>;
  if (state?.kind === "read") return <em role="status">{t("lap", { lap })}</em>;
  return <em role="status">{t(`telemetry.${state?.kind ?? "reading"}`)}</em>;
}
