import { useView } from "../live/useRace";
import styles from "./Waiting.module.css";

/** Before the first session: the only time that the page is empty. */
export function Waiting() {
  const reason = useView(({ connection }) => connection.reason);
  return (
    <main className={styles.waiting} data-testid="waiting">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path d="M5 21c-3-6 1-13 8-13 5 0 5 5 9 5 5 0 5 9-1 10-6 1-12 3-16-2z" />
        <circle cx="13" cy="8" r="3" />
      </svg>
      <h1>Waiting for a session</h1>
      <p>
        {reason === "" || reason === "no session"
          ? "It appears here by itself."
          : `Trying again: ${reason}`}
      </p>
    </main>
  );
}
