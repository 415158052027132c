import { lazy, Suspense } from "react";
import styles from "./Leaderboard.module.css";

const RowMore = lazy(async () => ({ default: (await import("./RowMore")).RowMore }));

/** The row under a chosen one on a phone; it says by itself what is in it. */
export function MoreRow({
  id,
  driverNumber,
  span,
}: {
  id: string;
  driverNumber: number;
  span: number;
}) {
  return (
    <tr className={styles.moreRow}>
      <td colSpan={span} id={id} aria-live="polite">
        <Suspense>
          <RowMore driverNumber={driverNumber} />
        </Suspense>
      </td>
    </tr>
  );
}
