import type { ReactNode } from "react";
import styles from "./Choices.module.css";

/** Small settings that a panel shows above what they change. */
function Group({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset does not lay out as a flex box everywhere
    <div className={styles.group} role="group" aria-label={label}>
      {children}
    </div>
  );
}

/** A thing that is on or off. */
function Toggle({
  on,
  onToggle,
  children,
}: {
  on: boolean;
  onToggle: () => void;
  children: ReactNode;
}) {
  return (
    <button type="button" className={styles.toggle} aria-pressed={on} onClick={onToggle}>
      <i aria-hidden>{on ? "✓" : ""}</i>
      {children}
    </button>
  );
}

interface Option<Value extends string> {
  value: Value;
  name: string;
}

/** One of a few. */
function One<Value extends string>({
  label,
  value,
  options,
  onChoose,
}: {
  label: string;
  value: Value;
  options: readonly Option<Value>[];
  onChoose: (value: Value) => void;
}) {
  const choose = (chosen: string): void => {
    const option = options.find((one) => one.value === chosen);
    if (option !== undefined) onChoose(option.value);
  };
  return (
    <label className={styles.one}>
      <span>{label}</span>
      <select value={value} onChange={(event) => choose(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.name}
          </option>
        ))}
      </select>
    </label>
  );
}

export const Choices = { Group, Toggle, One };
