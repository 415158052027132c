import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { useRace, useRaceObject } from "../live/useRace";
import { StandingRow } from "./StandingRow";
import styles from "./Standings.module.css";
import { type Standings, standingsOf } from "./standings";

const TABLES = ["drivers", "teams"] as const;

/** Both championships as they would stand if the session ended now. */
export function StandingsPanel() {
  const { t } = useTranslation("standings");
  const [table, setTable] = useState<(typeof TABLES)[number]>("drivers");
  const standings = useStandings();
  return (
    <section className={styles.panel} aria-label={t("title")} data-testid="standings-now">
      <header>
        <h2>{t("title")}</h2>
        {TABLES.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === table}
            onClick={() => setTable(name)}
          >
            {t(name)}
          </button>
        ))}
      </header>
      {standings === undefined ? (
        <p>{t("none")}</p>
      ) : (
        <>
          <p data-basis={standings.basis}>{t(`basis.${standings.basis}`)}</p>
          <Table standings={standings} table={table} />
        </>
      )}
    </section>
  );
}

function Table({ standings, table }: { standings: Standings; table: (typeof TABLES)[number] }) {
  const { t } = useTranslation("standings");
  const rows = standings[table];
  if (rows.length === 0) return <p>{t("none")}</p>;
  return (
    <div className={styles.rows}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("place")}</th>
            <th scope="col">
              <span className={styles.spoken}>{t("moved")}</span>+/−
            </th>
            <th scope="col">{t(table === "drivers" ? "driver" : "team")}</th>
            <th scope="col">{t("gained")}</th>
            <th scope="col">{t("points")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <StandingRow key={row.key} row={row} isTeam={table === "teams"} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Derived again only when something changed that it rests on. */
function useStandings(): Standings | undefined {
  const { store } = useRaceObject();
  const parts = useRace(
    useShallow((state) => [
      state.driverChampionship,
      state.teamChampionship,
      state.positions,
      state.statuses,
      state.bests,
      state.session,
      state.drivers,
    ]),
  );
  return useMemo(() => {
    const { state } = store.getState();
    return state && parts && standingsOf(state);
  }, [store, parts]);
}
