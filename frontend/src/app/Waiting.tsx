import type { TFunction } from "i18next";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useView } from "../live/useRace";
import styles from "./Waiting.module.css";

/** Before the first session: the only time that the page is empty. */
export function Waiting() {
  const { t } = useTranslation("common");
  const online = useOnline();
  const reason = useView(({ connection }) => connection.reason);
  return (
    <main className={styles.waiting} data-testid="waiting">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path d="M5 21c-3-6 1-13 8-13 5 0 5 5 9 5 5 0 5 9-1 10-6 1-12 3-16-2z" />
        <circle cx="13" cy="8" r="3" />
      </svg>
      <h1>{t(online ? "waiting" : "offline")}</h1>
      <p>{online ? reasonText(t, reason) : t("offlineHint")}</p>
    </main>
  );
}

function reasonText(t: TFunction<"common">, reason: string): string {
  return reason === "" || reason === "no session" ? t("appears") : t("tryingAgain", { reason });
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener("online", onChange);
  window.addEventListener("offline", onChange);
  return () => {
    window.removeEventListener("online", onChange);
    window.removeEventListener("offline", onChange);
  };
}

const useOnline = (): boolean => useSyncExternalStore(subscribe, () => navigator.onLine);
