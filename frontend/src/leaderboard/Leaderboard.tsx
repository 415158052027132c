import { useMemo, useRef } from "react";
import { useRace } from "../live/useRace";
import { orderKey, parseOrder, rankedByTime } from "../ui/order";
import { type Column, columnsOf } from "./columns";
import styles from "./Leaderboard.module.css";
import { Row } from "./Row";
import { useRowSlides } from "./useRowSlides";

/** The order of the race, one row of fixed height a driver. */
export function Leaderboard() {
  const key = useRace(orderKey);
  const order = useMemo(() => parseOrder(key), [key]);
  const byTime = useRace(rankedByTime) ?? false;
  const columns = columnsOf(byTime);
  const cut = useRace(({ qualifying }) => qualifying?.cutPositions[qualifying.phase ?? 0]);
  const body = useRef<HTMLTableSectionElement>(null);
  useRowSlides(body, order);

  return (
    <section className={styles.panel} aria-label="Leaderboard">
      <table
        className={byTime ? `${styles.tower} ${styles.timed}` : styles.tower}
        style={{ "--rows": Math.max(order.length, 20) }}
        data-testid="leaderboard"
      >
        <Head columns={columns} />
        <tbody ref={body}>
          {order.map((driverNumber, index) => (
            <Row
              key={driverNumber}
              driverNumber={driverNumber}
              place={index + 1}
              byTime={byTime}
              lastSafe={cut === index + 1}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Head({ columns }: { columns: readonly Column[] }) {
  return (
    <>
      <colgroup>
        {columns.map(({ name }) => (
          <col key={name} className={styles[`k_${name}`]} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map(({ name, head, align, title }) => (
            <th
              key={name}
              className={`${styles[align]} ${styles[`h_${name}`] ?? ""}`}
              title={title}
              scope="col"
            >
              {head}
            </th>
          ))}
        </tr>
      </thead>
    </>
  );
}
