import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useRace } from "../live/useRace";
import { useFavourites } from "../settings/favourites";
import { orderKey, parseOrder } from "../ui/order";
import { useGrowing } from "../ui/useGrowing";
import { leaderboardChoices } from "./choices";
import { presetOf, shownColumns, swapGaps } from "./columns";
import { Head } from "./Head";
import styles from "./Leaderboard.module.css";
import { Row } from "./Row";
import { useRowSlides } from "./useRowSlides";

/** Rows that are rendered at once when the table is first shown. */
const ROWS_AT_ONCE = 4;

/** The order of the race, one row of fixed height a driver. */
export function Leaderboard() {
  const { t } = useTranslation("leaderboard");
  const key = useRace(orderKey);
  const order = useMemo(() => parseOrder(key), [key]);
  const rows = usePinned(order);
  const shown = useGrowing(rows.length, ROWS_AT_ONCE);
  const preset = useRace(presetOf) ?? "race";
  const byTime = preset !== "race";
  const choices = useStore(leaderboardChoices);
  const columns = useMemo(() => {
    const shown = shownColumns(preset, choices[preset]);
    return choices.gapFirst ? swapGaps(shown) : shown;
  }, [preset, choices]);
  const cut = useRace(({ qualifying }) => qualifying?.cutPositions[qualifying.phase ?? 0]);
  const body = useRef<HTMLTableSectionElement>(null);
  useRowSlides(body, rows, order);
  const looks = [styles.tower, byTime && styles.timed, choices.gapFirst && styles.gapFirst];

  return (
    <section className={styles.panel} aria-label={t("title")}>
      <table
        className={looks.filter(Boolean).join(" ")}
        style={{ "--rows": Math.max(rows.length, 20) }}
        data-testid="leaderboard"
      >
        <Head columns={columns} preset={preset} />
        <tbody ref={body}>
          {rows.slice(0, shown).map((driverNumber) => {
            const place = order.indexOf(driverNumber) + 1;
            return (
              <Row
                key={driverNumber}
                driverNumber={driverNumber}
                place={place}
                columns={columns}
                byTime={byTime}
                // Between favourites on top and the others there is no line to draw.
                lastSafe={cut === place && rows === order}
              />
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** The order with the favourites first, when the viewer wants it. */
function usePinned(order: readonly number[]): readonly number[] {
  const pin = useStore(leaderboardChoices, ({ pinFavourites }) => pinFavourites);
  const favourites = useFavourites();
  return useMemo(() => {
    if (!pin) return order;
    if (!order.some((one) => favourites.includes(one))) return order;
    const follows = (driverNumber: number) => favourites.includes(driverNumber);
    return [...order.filter(follows), ...order.filter((one) => !follows(one))];
  }, [order, pin, favourites]);
}
