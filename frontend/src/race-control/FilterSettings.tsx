import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Choices } from "../ui/Choices";
import { controlSettings, toggleKind, WHOSE } from "./filter";
import { MESSAGE_KINDS } from "./messageKind";

/** Which messages are shown: by kind, and of whom. */
export function FilterSettings() {
  const { t } = useTranslation("control");
  const { hidden, whose } = useStore(controlSettings);
  return (
    <Choices.Group label={t("filter")}>
      {MESSAGE_KINDS.map((kind) => (
        <Choices.Toggle key={kind} on={!hidden.includes(kind)} onToggle={() => toggleKind(kind)}>
          {t(`kinds.${kind}`)}
        </Choices.Toggle>
      ))}
      <Choices.One
        label={t("drivers")}
        value={whose}
        options={WHOSE.map((value) => ({ value, name: t(`whose.${value}`) }))}
        onChoose={(value) => controlSettings.setState({ whose: value })}
      />
    </Choices.Group>
  );
}
