import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Modal } from "../ui/Modal";
import { commands, GROUPS } from "./commands";
import styles from "./KeySheet.module.css";
import { keyNames } from "./keyNames";

/** What each key does, as it is registered. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("keys");
  const list = useStore(commands, (state) => state.list);
  return (
    <Modal title={t("title")} onClose={onClose}>
      <div className={styles.sheet}>
        {GROUPS.map((group) => {
          const own = list.filter((command) => command.group === group);
          if (own.length === 0) return null;
          return (
            <section key={group}>
              <h3>{t(`group.${group}`)}</h3>
              <dl>
                {own.map(({ id, keys, title }) => (
                  <div key={id}>
                    <dt>{title()}</dt>
                    <dd>
                      {keys.map((key) => (
                        <kbd key={key}>{keyNames(key)}</kbd>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
    </Modal>
  );
}
