import { useId } from "react";
import styles from "./Settings.module.css";

/** One of a few, named beside it. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  nameOf,
  onChoose,
}: {
  label: string;
  value: Value;
  options: readonly Value[];
  nameOf: (option: Value) => string;
  onChoose: (option: Value) => void;
}) {
  const id = useId();
  const choose = (chosen: string): void => {
    const option = options.find((one) => one === chosen);
    if (option !== undefined) onChoose(option);
  };
  return (
    <div className={styles.row}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => choose(event.target.value)}>
        {options.map((option) => (
          <option key={option} value={option}>
            {nameOf(option)}
          </option>
        ))}
      </select>
    </div>
  );
}
