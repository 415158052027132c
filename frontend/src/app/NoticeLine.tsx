import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import styles from "./NoticeLine.module.css";
import { dismissNotice, notices } from "./notice";

/** What the page itself has to say: a link that can't be read, a new version. It stays until it is put away. */
export function NoticeLine() {
  const { t } = useTranslation("common");
  const notice = useStore(notices, (state) => state.notice);
  return (
    <div className={styles.place} role="status">
      {notice && (
        <p className={styles.notice} data-testid="notice">
          <span>{notice.text}</span>
          {notice.action && (
            <button type="button" onClick={notice.action.run}>
              {notice.action.name}
            </button>
          )}
          <button type="button" onClick={dismissNotice}>
            {t("dismiss")}
          </button>
        </p>
      )}
    </div>
  );
}
