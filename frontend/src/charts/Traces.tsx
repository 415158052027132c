import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Circuit } from "../gen/racetime/v1/track_pb";
import { useView } from "../live/useRace";
import styles from "./Chart.module.css";
import { channelModel, deltaModel, distancesOf, type TracedLap } from "./duelModels";
import type { ChartLook, ChartModel, Note } from "./model";
import { signed } from "./text";
import { UPlotChart } from "./UPlotChart";

interface Part {
  name: "speed" | "delta" | "throttle" | "brake" | "gear";
  model: ChartModel;
  look: ChartLook;
}

const SHARED = {
  formatX: (meters: number) => `${(meters / 1000).toFixed(1)} km`,
  syncKey: "telemetry",
};
const SPEED: ChartLook = { ...SHARED, formatY: (kph) => `${Math.round(kph)}`, noted: true };
const DELTA: ChartLook = { ...SHARED, formatY: (seconds) => signed(seconds, 2) };
const THROTTLE: ChartLook = {
  ...SHARED,
  formatY: (percent) => `${Math.round(percent)} %`,
  steps: [50, 100],
};
const BRAKE: ChartLook = { ...SHARED, formatY: (on) => (on === 0 ? "0" : "1"), steps: [1] };
const GEAR: ChartLook = { ...SHARED, formatY: (gear) => `${Math.round(gear)}`, steps: [2, 4] };

/** Telemetry of laps one chart above the other, with one crosshair. */
export function Traces({ laps }: { laps: readonly TracedLap[] }) {
  const { t } = useTranslation("charts");
  const circuit = useView((view) => view.circuit);
  const parts = useMemo(() => partsOf(laps, cornersOf(circuit)), [laps, circuit]);
  return parts.map(({ name, model, look }) => (
    <div key={name} className={styles.part} data-tall={name === "speed" ? "" : undefined}>
      <h3>{t(`telemetry.${name}`, { code: laps[0]?.entrant.code ?? "" })}</h3>
      <UPlotChart model={model} look={look} label={t(`telemetry.${name}`)} />
    </div>
  ));
}

const NONE: readonly Note[] = [];

function cornersOf(circuit: Circuit | undefined): readonly Note[] {
  return (
    circuit?.corners.map(({ number, distanceMeters }) => ({
      x: distanceMeters,
      text: `T${number}`,
    })) ?? NONE
  );
}

function partsOf(laps: readonly TracedLap[], notes: readonly Note[]): Part[] {
  const x = distancesOf(laps);
  const delta: Part[] =
    laps.length > 1 ? [{ name: "delta", model: deltaModel(laps, x), look: DELTA }] : [];
  return [
    { name: "speed", model: { ...channelModel(laps, "speedKph", x), notes }, look: SPEED },
    ...delta,
    {
      name: "throttle",
      model: channelModel(laps, "throttlePercent", x, [-4, 104]),
      look: THROTTLE,
    },
    { name: "brake", model: channelModel(laps, "brake", x, [-0.1, 1.1]), look: BRAKE },
    { name: "gear", model: channelModel(laps, "gear", x, [0, 8.5]), look: GEAR },
  ];
}
