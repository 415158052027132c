import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Choice } from "./Choice";
import { choices, MOTIONS, PALETTES, TEXT_SIZES, THEMES, useChoices } from "./choices";
import styles from "./Settings.module.css";
import { canKeepAwake } from "./wakeLock";

export function Look() {
  const { t } = useTranslation("settings");
  const { theme, palette, textSize, motion } = useChoices((chosen) => chosen);
  return (
    <>
      <Choice
        label={t("theme.title")}
        value={theme}
        options={THEMES}
        nameOf={(one) => t(`theme.${one}`)}
        onChoose={(chosen) => choices.setState({ theme: chosen })}
      />
      <Choice
        label={t("palette.title")}
        value={palette}
        options={PALETTES}
        nameOf={(one) => t(`palette.${one}`)}
        onChoose={(chosen) => choices.setState({ palette: chosen })}
      />
      <Choice
        label={t("textSize.title")}
        value={textSize}
        options={TEXT_SIZES}
        nameOf={(one) => t(`textSize.${one}`)}
        onChoose={(chosen) => choices.setState({ textSize: chosen })}
      />
      <Choice
        label={t("motion.title")}
        value={motion}
        options={MOTIONS}
        nameOf={(one) => t(`motion.${one}`)}
        onChoose={(chosen) => choices.setState({ motion: chosen })}
      />
      <Awake />
    </>
  );
}

function Awake() {
  const { t } = useTranslation("settings");
  const id = useId();
  const wakeLock = useChoices((chosen) => chosen.wakeLock);
  return (
    <div className={styles.row}>
      <label htmlFor={id}>
        {t("wakeLock.title")}
        {!canKeepAwake() && <small> {t("wakeLock.unable")}</small>}
      </label>
      <input
        id={id}
        type="checkbox"
        checked={wakeLock}
        disabled={!canKeepAwake()}
        onChange={(event) => choices.setState({ wakeLock: event.target.checked })}
      />
    </div>
  );
}
