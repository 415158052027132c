import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Modal } from "../ui/Modal";
import styles from "./Settings.module.css";
import { SECTIONS, type SectionName } from "./sections";

/** All that the viewer can choose, each part by its owner. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("settings");
  return (
    <Modal title={t("title")} onClose={onClose}>
      {(Object.keys(SECTIONS) as SectionName[]).map((name) => {
        const Section = SECTIONS[name];
        return (
          <section key={name} className={styles.section}>
            <h3>{t(`sections.${name}`)}</h3>
            <Suspense>
              <Section />
            </Suspense>
          </section>
        );
      })}
    </Modal>
  );
}
