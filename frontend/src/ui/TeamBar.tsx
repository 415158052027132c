import { usePage } from "./page";
import styles from "./TeamBar.module.css";
import { teamColour } from "./teamColour";

/** A bar in the team's colour; never text, never alone. */
export function TeamBar({ colour }: { colour: string | undefined }) {
  const theme = usePage((page) => page.theme);
  return <i className={styles.bar} style={{ background: teamColour(colour, theme) }} aria-hidden />;
}
