import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Choices } from "../ui/Choices";
import { chimes } from "./chimes";
import styles from "./notify.module.css";
import { SOUND_KINDS, type SoundKind, soundSettings, toggleSound } from "./soundSettings";

/** Sounds of race control: whether, how loud and which. */
export function SoundSettings() {
  const { t } = useTranslation("notify");
  const { on, volume, silent } = useStore(soundSettings);
  const turn = (): void => {
    chimes.unlock();
    soundSettings.setState({ on: !on });
  };
  const toggle = (kind: SoundKind): void => {
    if (silent.includes(kind)) chimes.play(kind, volume);
    toggleSound(kind);
  };
  return (
    <Choices.Group label={t("sounds")}>
      <Choices.Toggle on={on} onToggle={turn}>
        {t("sounds")}
      </Choices.Toggle>
      <label className={styles.volume}>
        <span>{t("volume")}</span>
        <input
          type="range"
          min="0"
          max="1"
          step="0.05"
          value={volume}
          disabled={!on}
          onChange={(event) => soundSettings.setState({ volume: Number(event.target.value) })}
          onPointerUp={() => chimes.play("other", soundSettings.getState().volume)}
        />
      </label>
      {on &&
        SOUND_KINDS.map((kind) => (
          <Choices.Toggle key={kind} on={!silent.includes(kind)} onToggle={() => toggle(kind)}>
            {t(`soundKinds.${kind}`)}
          </Choices.Toggle>
        ))}
    </Choices.Group>
  );
}
