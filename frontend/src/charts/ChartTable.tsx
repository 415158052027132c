import { useTranslation } from "react-i18next";
import { DASH } from "../leaderboard/format";
import styles from "./Chart.module.css";
import type { ChartLook, ChartModel } from "./model";
import { Swatch } from "./Swatch";

const NEWEST_ROWS = 80;

/** A chart's values as a table: a row a lap, the newest first. */
export function ChartTable(props: { model: ChartModel; look: ChartLook; caption: string }) {
  const { model, look, caption } = props;
  const { t } = useTranslation("charts");
  const rows = model.x
    .map((x, index) => ({ x, index }))
    .filter(({ x }) => Number.isInteger(x))
    .reverse()
    .slice(0, NEWEST_ROWS);
  return (
    <table className={styles.table}>
      <caption className={styles.hidden}>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{t("lapHeading")}</th>
          {model.lines.map(({ key, label, colour, dashed }) => (
            <th scope="col" key={key}>
              <Swatch colour={colour} dashed={dashed} />
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ x, index }) => (
          <tr key={x}>
            <th scope="row">{look.formatX(x)}</th>
            {model.lines.map(({ key, values }) => {
              const value = values[index];
              return <td key={key}>{typeof value === "number" ? look.formatY(value) : DASH}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
