import { usePage } from "../ui/page";
import { Area } from "./Area";
import styles from "./Layout.module.css";
import { More } from "./More";
import { phonePage } from "./presets";

/** One page at a time; the bar below chooses it. */
export function Phone() {
  const tab = usePage((page) => page.tab);
  return (
    <main className={styles.phone} id="main" tabIndex={-1}>
      {tab === "more" ? <More /> : <Area key={tab} {...phonePage(tab)} />}
    </main>
  );
}
