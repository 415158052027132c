import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Choices } from "../ui/Choices";
import { noticeSettings, permission, setSystemNotices } from "./noticeSettings";
import styles from "./notify.module.css";

/** How the viewer is told of the drivers who are followed. */
export function NoticeSettings() {
  const { t } = useTranslation("notify");
  const { spoken, system } = useStore(noticeSettings);
  const [allowed, setAllowed] = useState(permission);
  const turn = async (): Promise<void> => {
    await setSystemNotices(!system);
    setAllowed(permission());
  };
  return (
    <div className={styles.settings}>
      <Choices.Group label={t("title")}>
        <Choices.Toggle on={system} onToggle={() => void turn()}>
          {t("system")}
        </Choices.Toggle>
        <Choices.Toggle on={spoken} onToggle={() => noticeSettings.setState({ spoken: !spoken })}>
          {t("spoken")}
        </Choices.Toggle>
      </Choices.Group>
      <p>{allowed === "granted" || allowed === "default" ? t("systemHint") : t(allowed)}</p>
    </div>
  );
}
