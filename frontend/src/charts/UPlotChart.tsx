import "uplot/dist/uPlot.min.css";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { selectDriver, usePage, usePageStore } from "../ui/page";
import styles from "./Chart.module.css";
import { type Chart, createChart } from "./createChart";
import { type ChartLook, type ChartModel, readingsAt, structureOf } from "./model";
import { paletteOf } from "./palette";
import { Readout } from "./Readout";

interface Point {
  index: number;
  value: number | undefined;
}

/** A line chart that is built once and fed from then on; arrow keys move its crosshair, which reads out the values. */
export function UPlotChart(props: { model: ChartModel; look: ChartLook; label: string }) {
  const { model, look, label } = props;
  const { i18n } = useTranslation("charts");
  const theme = usePage((page) => page.theme);
  const page = usePageStore();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const [point, setPoint] = useState<Point>();
  const structure = structureOf(model);

  // The theme, words and lines are what the chart is built of
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const built = createChart({
      host: element,
      model: latest.current.model,
      look: latest.current.look,
      palette: paletteOf(element),
      onPick: (key) => selectDriver(page, Number(key)),
      onPoint: (index, value) => setPoint(index === undefined ? undefined : { index, value }),
    });
    chart.current = built;
    const observer = new ResizeObserver(() =>
      built.resize(element.clientWidth, element.clientHeight),
    );
    observer.observe(element);
    void document.fonts?.ready.then(() => {
      if (chart.current === built) built.redraw();
    });
    return () => {
      observer.disconnect();
      built.destroy();
      chart.current = undefined;
    };
  }, [structure, theme, i18n.language, look, page]);
  useEffect(() => chart.current?.update(model), [model]);

  const last = model.x.length - 1;
  const index = Math.min(point?.index ?? last, last);
  const readings = index < 0 ? [] : readingsAt(model, index, point?.value, look);
  const at = index < 0 ? "" : look.formatX(model.x[index] ?? 0);
  const text = readings.map((reading) => `${reading.label} ${reading.text}`).join(", ");
  const move = (event: KeyboardEvent): void => {
    const next = nextIndex(event.key, index, last);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    chart.current?.point(next);
  };
  return (
    <div
      className={styles.plot}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(last, 0)}
      aria-valuenow={Math.max(index, 0)}
      aria-valuetext={`${at}: ${text}`}
      onKeyDown={move}
      onBlur={() => chart.current?.point(undefined)}
    >
      <div ref={host} className={styles.canvas} aria-hidden="true" />
      {point !== undefined && <Readout at={at} readings={readings} right={index < last / 2} />}
    </div>
  );
}

function nextIndex(key: string, index: number, last: number): number | undefined {
  if (key === "ArrowLeft") return Math.max(0, index - 1);
  if (key === "ArrowRight") return Math.min(last, index + 1);
  if (key === "Home") return 0;
  return key === "End" ? last : undefined;
}
