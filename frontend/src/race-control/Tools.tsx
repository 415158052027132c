import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { soundSettings } from "../notify/soundSettings";
import { FILTER_PATH, ToolButton } from "../ui/ToolButton";
import { controlSettings } from "./filter";
import styles from "./RaceControl.module.css";

export type Tool = "filter" | "sound";

const LOUD_PATH = "M2 6h3l4-3.5v11L5 10H2zM11 5.2a4 4 0 0 1 0 5.6M12.8 3.2a7 7 0 0 1 0 9.6";
const MUTED_PATH = "M2 6h3l4-3.5v11L5 10H2zM11 6l4 4M15 6l-4 4";

/** Buttons that open what the panel's list and sounds can be set by; one at a time. */
export function Tools({
  open,
  onOpen,
}: {
  open: Tool | undefined;
  onOpen: (tool: Tool | undefined) => void;
}) {
  const { t } = useTranslation("control");
  const sounds = useStore(soundSettings, ({ on }) => on);
  const narrowed = useStore(
    controlSettings,
    ({ hidden, whose }) => whose !== "all" || hidden.some((kind) => kind !== "blue"),
  );
  const toggle = (tool: Tool) => () => onOpen(open === tool ? undefined : tool);
  return (
    <div className={styles.tools}>
      <ToolButton
        name={t("filter")}
        path={FILTER_PATH}
        open={open === "filter"}
        set={narrowed}
        onToggle={toggle("filter")}
      />
      <ToolButton
        name={t(sounds ? "sound" : "muted")}
        path={sounds ? LOUD_PATH : MUTED_PATH}
        open={open === "sound"}
        set={sounds}
        onToggle={toggle("sound")}
      />
    </div>
  );
}
