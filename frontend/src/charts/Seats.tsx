import { useTranslation } from "react-i18next";
import { codeOf } from "../ui/order";
import styles from "./Chart.module.css";
import { Choose } from "./Choose";
import { Swatch } from "./Swatch";
import type { Duel } from "./useDuel";
import { useOrder } from "./useRaceCharts";
import { useSlowly } from "./useSlowly";

const NOBODY = 0;

/** Who is compared: two drivers and, when wanted, a third. */
export function Seats({ duel }: { duel: Duel }) {
  const { t } = useTranslation("charts");
  const order = useOrder();
  const codes = useSlowly((state) => order.map((number) => codeOf(state, number)).join()) ?? "";
  const names = codes.split(",");
  const drivers = order.map((value, index) => ({ value, text: names[index] ?? String(value) }));
  const { entrants, choose } = duel;
  return (
    <>
      {[0, 1, 2].map((seat) => {
        const entrant = entrants[seat];
        return (
          <span key={seat} className={styles.seat}>
            {entrant && <Swatch colour={entrant.colour} dashed={entrant.dashed} />}
            <Choose<number>
              label={t("driver", { seat: seat + 1 })}
              value={entrant?.driverNumber ?? NOBODY}
              options={seat < 2 ? drivers : [{ value: NOBODY, text: t("nobody") }, ...drivers]}
              onChoose={(value) => choose(seat, value === NOBODY ? undefined : value)}
            />
          </span>
        );
      })}
    </>
  );
}
