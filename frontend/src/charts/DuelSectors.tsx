import { useTranslation } from "react-i18next";
import type { CarTyres } from "../gen/racetime/v1/car_pb";
import { DASH, formatLapTime } from "../leaderboard/format";
import { Tyre } from "../ui/Tyre";
import styles from "./Chart.module.css";
import { type Bests, bestsOf } from "./duel";
import type { Entrant } from "./entrants";
import { Swatch } from "./Swatch";
import { signed } from "./text";
import { useField } from "./useRaceCharts";
import { useSlowly } from "./useSlowly";

const NONE: Readonly<Record<number, CarTyres>> = {};

type Millis = number | undefined;

/** Best times of the drivers side by side. */
export function DuelSectors({ entrants }: { entrants: readonly Entrant[] }) {
  const { t } = useTranslation("charts");
  const field = useField();
  const bests = entrants.map(({ driverNumber }) => bestsOf(field, driverNumber));
  const column = (pick: (best: Bests) => Millis): Millis[] => bests.map(pick);
  return (
    <table className={styles.table}>
      <caption className={styles.hidden}>{t("duel.best")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("best.heading")}</th>
          {entrants.map(({ driverNumber, code, colour, dashed }) => (
            <th scope="col" key={driverNumber}>
              <Swatch colour={colour} dashed={dashed} />
              {code}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <Times name={t("best.lap")} values={column(({ lapMillis }) => lapMillis)} />
        {[0, 1, 2].map((sector) => (
          <Times
            key={sector}
            name={t("best.sector", { sector: sector + 1 })}
            values={column(({ sectors }) => sectors[sector])}
          />
        ))}
        <Times name={t("best.ideal")} values={column(({ idealMillis }) => idealMillis)} />
        <Speeds values={column(({ speedTrapKph }) => speedTrapKph)} />
        <TyresNow entrants={entrants} />
      </tbody>
    </table>
  );
}

/** Times, the best one marked, the others with what they lack. */
function Times({ name, values }: { name: string; values: readonly Millis[] }) {
  const { t } = useTranslation("charts");
  const best = Math.min(...values.map((value) => value ?? Number.POSITIVE_INFINITY));
  return (
    <tr>
      <th scope="row">{name}</th>
      {values.map((value, index) => (
        <td key={index} data-best={value === best || undefined} title={value ? "" : t("unknown")}>
          {value === undefined ? DASH : formatLapTime(value)}
          {value !== undefined && value > best && ` (${signed((value - best) / 1000)})`}
        </td>
      ))}
    </tr>
  );
}

function Speeds({ values }: { values: readonly (number | undefined)[] }) {
  const { t } = useTranslation("charts");
  const most = Math.max(...values.map((value) => value ?? 0));
  return (
    <tr>
      <th scope="row">{t("best.trap")}</th>
      {values.map((value, index) => (
        <td key={index} data-best={value === most || undefined} title={value ? "" : t("unknown")}>
          {value === undefined ? DASH : `${value} km/h`}
        </td>
      ))}
    </tr>
  );
}

function TyresNow({ entrants }: { entrants: readonly Entrant[] }) {
  const { t } = useTranslation("charts");
  const tyres = useSlowly((state) => state.tyres) ?? NONE;
  return (
    <tr>
      <th scope="row">{t("best.tyres")}</th>
      {entrants.map(({ driverNumber }) => {
        const now = tyres[driverNumber];
        return <td key={driverNumber}>{now === undefined ? DASH : <TyreAge tyres={now} />}</td>;
      })}
    </tr>
  );
}

function TyreAge({ tyres: { compound, ageLaps } }: { tyres: CarTyres }) {
  const { t } = useTranslation("charts");
  return (
    <>
      <Tyre compound={compound} small />{" "}
      {ageLaps === undefined ? DASH : t("ageLaps", { count: ageLaps })}
    </>
  );
}
