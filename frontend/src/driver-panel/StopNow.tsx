import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { useRace } from "../live/useRace";
import { type Rejoin, rejoinOf } from "../race/rejoin";
import { codeOf } from "../ui/order";
import styles from "./DriverPanel.module.css";

/** Where the car would come out if it stopped now; nothing where that cannot be told. */
export function StopNow({ driverNumber }: { driverNumber: number }) {
  const { t } = useTranslation("driver");
  const key = useRace((state) => {
    const rejoin = rejoinOf(state, driverNumber);
    return rejoin && JSON.stringify(wordsOf(rejoin, (number) => codeOf(state, number), t));
  });
  if (key === undefined) return null;
  const { place, detail } = JSON.parse(key) as Words;
  return (
    <p className={styles.stopNow} data-testid="stop-now">
      {t("stopNow")} <b>~{place}</b> {detail}
    </p>
  );
}

interface Words {
  place: string;
  detail: string;
}

/** "P6", "5.3 behind LEC, 1.0 ahead of LAW"; tenths, as it is an estimate. */
export function wordsOf(
  { position, ahead, behind }: Rejoin,
  code: (driverNumber: number) => string,
  t: TFunction<"driver">,
): Words {
  const words = (neighbour: Rejoin["ahead"], key: "rejoinBehind" | "rejoinAhead") =>
    neighbour === undefined
      ? []
      : [
          t(key, {
            seconds: (neighbour.millis / 1000).toFixed(1),
            driver: code(neighbour.driverNumber),
          }),
        ];
  const detail = [...words(ahead, "rejoinBehind"), ...words(behind, "rejoinAhead")].join(", ");
  return { place: `P${position}`, detail };
}
