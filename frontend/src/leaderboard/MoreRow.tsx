import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { BestCell, LastCell } from "./cells";
import { StopsCell } from "./driverCells";
import styles from "./MoreRow.module.css";
import { Sector1, Sector2, Sector3 } from "./SectorCells";

const RowMore = lazy(async () => ({ default: (await import("./RowMore")).RowMore }));

const FIGURES = [
  ["last", LastCell],
  ["best", BestCell],
  ["s1", Sector1],
  ["s2", Sector2],
  ["s3", Sector3],
  ["stops", StopsCell],
] as const;

/** Under a chosen row on a phone, what that has no room for; it says by itself what is in it. */
export function MoreRow({ id, driverNumber }: { id: string; driverNumber: number }) {
  const { t } = useTranslation("leaderboard");
  return (
    <tr>
      <td ref={spanAll} id={id} className={styles.more} aria-live="polite" data-testid="row-more">
        <table>
          <thead>
            <tr>
              {FIGURES.map(([name]) => (
                <th key={name} scope="col" title={t(`columns.${name}`)}>
                  {t(`heads.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              {FIGURES.map(([name, Cell]) => (
                <Cell key={name} driverNumber={driverNumber} />
              ))}
            </tr>
          </tbody>
        </table>
        <Suspense>
          <RowMore driverNumber={driverNumber} />
        </Suspense>
      </td>
    </tr>
  );
}

/** Be as wide as the row above: columns that made way count for none. */
function spanAll(cell: HTMLTableCellElement | null): void {
  const above = cell?.parentElement?.previousElementSibling as HTMLTableRowElement | null;
  const shown = [...(above?.cells ?? [])].filter(({ offsetWidth }) => offsetWidth > 0);
  if (cell !== null) cell.colSpan = Math.max(1, shown.length);
}
