import { useTranslation } from "react-i18next";
import styles from "./Chart.module.css";
import { CHOICES, type Choice, chartSettings, REACHES, useChartSettings } from "./chartSettings";

interface Props<Value extends string | number> {
  label: string;
  value: Value;
  options: readonly { value: Value; text: string }[];
  onChoose: (value: Value) => void;
}

/** One of some. */
export function Choose<Value extends string | number>(props: Props<Value>) {
  const { label, value, options, onChoose } = props;
  const choose = (index: number): void => {
    const option = options[index];
    if (option !== undefined) onChoose(option.value);
  };
  return (
    <select
      className={styles.control}
      aria-label={label}
      title={label}
      value={String(value)}
      onChange={(event) => choose(event.target.selectedIndex)}
    >
      {options.map((option) => (
        <option key={option.value} value={String(option.value)}>
          {option.text}
        </option>
      ))}
    </select>
  );
}

/** Which drivers a chart shows. */
export function ChooseDrivers({ setting }: { setting: "drivers" | "lapTimeDrivers" }) {
  const { t } = useTranslation("charts");
  const value = useChartSettings((settings) => settings[setting]);
  return (
    <Choose<Choice>
      label={t("drivers")}
      value={value}
      options={CHOICES.map((choice) => ({ value: choice, text: t(`choice.${choice}`) }))}
      onChoose={(choice) => chartSettings.setState({ [setting]: choice })}
    />
  );
}

/** How far back a chart goes. */
export function ChooseReach() {
  const { t } = useTranslation("charts");
  const value = useChartSettings(({ reachLaps }) => reachLaps);
  return (
    <Choose<(typeof REACHES)[number]>
      label={t("reach")}
      value={value}
      options={REACHES.map((laps) => ({
        value: laps,
        text: laps === 0 ? t("allLaps") : t("lastLaps", { laps }),
      }))}
      onChoose={(reachLaps) => chartSettings.setState({ reachLaps })}
    />
  );
}
