import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { Choices } from "../ui/Choices";
import { EVENT_KINDS, eventSettings, toggleKind, WHOSE } from "./eventSettings";

/** Which events are shown: by kind, and of whom. */
export function EventFilterSettings() {
  const { t } = useTranslation("events");
  const { hidden, whose } = useStore(eventSettings);
  return (
    <Choices.Group label={t("filter")}>
      {EVENT_KINDS.map((kind) => (
        <Choices.Toggle key={kind} on={!hidden.includes(kind)} onToggle={() => toggleKind(kind)}>
          {t(`kinds.${kind}`)}
        </Choices.Toggle>
      ))}
      <Choices.One
        label={t("drivers")}
        value={whose}
        options={WHOSE.map((value) => ({ value, name: t(`whose.${value}`) }))}
        onChoose={(value) => eventSettings.setState({ whose: value })}
      />
    </Choices.Group>
  );
}
