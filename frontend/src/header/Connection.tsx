import { useTranslation } from "react-i18next";
import { useRaceObject, useTicking } from "../live/useRace";
import { switchTheme, usePage, usePageStore } from "../ui/page";
import { connectionLook } from "./connectionLook";
import styles from "./Header.module.css";

/** How the page hangs on the stream, the way to the API, and the switch between dark and light. */
export function Connection() {
  const { t } = useTranslation("header");
  const { store } = useRaceObject();
  const key = useTicking((wall) =>
    JSON.stringify(connectionLook(t, store.getState().connection, wall)),
  );
  const { state, word, detail } = JSON.parse(key) as ReturnType<typeof connectionLook>;
  return (
    <div className={styles.connection}>
      <p data-testid="connection" data-state={state} title={word}>
        <i aria-hidden />
        <b>{word}</b>
        <span>{detail}</span>
      </p>
      <a className={styles.api} href="/api/docs" title={t("api")}>
        API
      </a>
      <ThemeSwitch />
      <SettingsButton />
    </div>
  );
}

function ThemeSwitch() {
  const { t } = useTranslation("header");
  const page = usePageStore();
  const theme = usePage((state) => state.theme);
  const toOther = t(theme === "dark" ? "toLight" : "toDark");
  return (
    <button
      type="button"
      className={styles.theme}
      onClick={() => switchTheme(page)}
      aria-label={toOther}
      title={toOther}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" strokeWidth="2" />
        <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
      </svg>
    </button>
  );
}

function SettingsButton() {
  const { t } = useTranslation("header");
  const page = usePageStore();
  return (
    <button
      type="button"
      className={styles.theme}
      onClick={() => page.setState({ dialog: "settings" })}
      aria-label={t("settings")}
      title={t("settings")}
      data-testid="settings"
    >
      <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="2">
        <path d="M3 7h9M18 7h3M3 17h3M12 17h9" />
        <circle cx="15" cy="7" r="3" />
        <circle cx="9" cy="17" r="3" />
      </svg>
    </button>
  );
}
