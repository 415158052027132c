import { useTranslation } from "react-i18next";
import { Link } from "../sessions/Link";
import { usePage, usePageStore } from "../ui/page";
import styles from "./Layout.module.css";
import { PanelFrame } from "./PanelFrame";
import { isPanel, phoneRest } from "./presets";

/** What a phone has no page of its own for. */
export function More() {
  const { t } = useTranslation("layout");
  const page = usePageStore();
  const shown = usePage(({ more }) => more);
  if (shown !== undefined && isPanel(shown))
    return (
      <div className={styles.opened}>
        <button
          type="button"
          className={styles.back}
          onClick={() => page.setState({ more: undefined })}
        >
          ‹ {t("tabs.more")}
        </button>
        <PanelFrame name={shown} />
      </div>
    );
  return (
    <div className={styles.more}>
      <Panels />
      <h2>{t("more.page")}</h2>
      <ul>
        <li>
          <button type="button" onClick={() => page.setState({ dialog: "settings" })}>
            {t("settings")}
          </button>
        </li>
        <li>
          <Link to="/sessions">{t("more.sessions")}</Link>
        </li>
        <li>
          <Link to="/schedule">{t("more.schedule")}</Link>
        </li>
        <li>
          <a href="/api/docs">{t("more.api")}</a>
        </li>
      </ul>
    </div>
  );
}

function Panels() {
  const { t } = useTranslation("layout");
  const page = usePageStore();
  const rest = phoneRest();
  if (rest.length === 0) return null;
  return (
    <>
      <h2>{t("tabs.list")}</h2>
      <ul>
        {rest.map((name) => (
          <li key={name}>
            <button type="button" onClick={() => page.setState({ more: name })}>
              {t(`panels.${name}`)}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
