import { useTranslation } from "react-i18next";
import { Choice } from "../settings/Choice";
import styles from "../settings/Settings.module.css";
import { usePageStore } from "../ui/page";
import { chooseLayout, useLayout } from "./layoutStore";
import { LAYOUTS } from "./presets";

/** Which arrangement is shown, and the way to the own board. */
export function LayoutSettings() {
  const { t } = useTranslation("settings");
  const { t: tLayout } = useTranslation("layout");
  const page = usePageStore();
  const layout = useLayout((chosen) => chosen.layout);
  const edit = (): void => {
    chooseLayout("board");
    page.setState({ editing: true, dialog: undefined });
  };
  return (
    <>
      <Choice
        label={t("layout.title")}
        value={layout}
        options={LAYOUTS}
        nameOf={(one) => tLayout(`presets.${one}`)}
        onChoose={chooseLayout}
      />
      <div className={styles.actions}>
        <button type="button" onClick={edit}>
          {t("editBoard")}
        </button>
        <button type="button" onClick={() => page.setState({ dialog: "keys" })}>
          {t("keys")}
        </button>
      </div>
    </>
  );
}
