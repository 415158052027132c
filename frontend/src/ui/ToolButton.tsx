import styles from "./ToolButton.module.css";

/** A button in a panel's header that opens what the panel can be set by. */
export function ToolButton({
  name,
  path,
  open,
  set,
  onToggle,
}: {
  name: string;
  /** Outline of the icon in a box of 16 by 16. */
  path: string;
  open: boolean;
  /** Whether something other than usual is chosen behind it. */
  set: boolean;
  onToggle: () => void;
}) {
  return (
    <button
      type="button"
      className={styles.tool}
      title={name}
      aria-label={name}
      aria-expanded={open}
      data-set={set}
      onClick={onToggle}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={path} />
      </svg>
    </button>
  );
}

export const FILTER_PATH = "M2 3h12l-4.6 5.4V14L6.6 12.4V8.4z";
