import { type ChangeEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { exportChoices, importChoices, resetChoices } from "./keptStore";
import styles from "./Settings.module.css";

/** A file with settings is small. */
const MOST_BYTES = 200_000;

/** Take the settings elsewhere, bring them back, or forget them. */
export function Keep() {
  const { t } = useTranslation("settings");
  const file = useRef<HTMLInputElement>(null);
  const [told, setTold] = useState<"imported" | "importFailed" | undefined>();
  const [sure, setSure] = useState(false);
  const take = async (event: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const chosen = event.target.files?.[0];
    event.target.value = "";
    if (chosen !== undefined) setTold((await takeFile(chosen)) ? "imported" : "importFailed");
  };
  const reset = (): void => {
    if (sure) resetChoices();
    setSure(!sure);
  };
  return (
    <div className={styles.actions}>
      <button type="button" onClick={save}>
        {t("export")}
      </button>
      <button type="button" onClick={() => file.current?.click()}>
        {t("import")}
      </button>
      <input ref={file} type="file" accept="application/json,.json" hidden onChange={take} />
      <button type="button" onClick={reset} onBlur={() => setSure(false)}>
        {t(sure ? "resetSure" : "reset")}
      </button>
      <p role="status">{told && t(told)}</p>
    </div>
  );
}

async function takeFile(file: File): Promise<boolean> {
  if (file.size > MOST_BYTES) return false;
  try {
    return importChoices(JSON.parse(await file.text())).length > 0;
  } catch {
    return false; // not JSON
  }
}

function save(): void {
  const blob = new Blob([JSON.stringify(exportChoices(), null, 2)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "racetime-settings.json";
  link.click();
  URL.revokeObjectURL(link.href);
}
