import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../i18n/languages";
import { Choice } from "./Choice";
import { CLOCKS, choices, LANGUAGE_CHOICES, useChoices, ZONES } from "./choices";

export function LanguageAndTime() {
  const { t } = useTranslation("settings");
  const { language, zone, clock } = useChoices((chosen) => chosen);
  return (
    <>
      <Choice
        label={t("language.title")}
        value={language}
        options={LANGUAGE_CHOICES}
        nameOf={(one) => (one === "auto" ? t("language.auto") : LANGUAGES[one])}
        onChoose={(chosen) => choices.setState({ language: chosen })}
      />
      <Choice
        label={t("zone.title")}
        value={zone}
        options={ZONES}
        nameOf={(one) => t(`zone.${one}`)}
        onChoose={(chosen) => choices.setState({ zone: chosen })}
      />
      <Choice
        label={t("clock.title")}
        value={clock}
        options={CLOCKS}
        nameOf={(one) => t(`clock.${one}`)}
        onChoose={(chosen) => choices.setState({ clock: chosen })}
      />
    </>
  );
}
