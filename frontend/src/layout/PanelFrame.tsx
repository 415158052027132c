import { Component, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { PANELS, type PanelName } from "../panels/panels";
import styles from "./Area.module.css";

/** A panel, whatever happens in it: while it loads its room stands, and when it fails only it is gone. */
export function PanelFrame({ name }: { name: PanelName }) {
  const Panel = PANELS[name];
  return (
    <Boundary key={name}>
      <Suspense fallback={<div className={styles.loading} />}>
        <Panel />
      </Suspense>
    </Boundary>
  );
}

class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <Failed /> : this.props.children;
  }
}

function Failed() {
  const { t } = useTranslation("layout");
  return (
    <div className={styles.failed} role="alert">
      <p>{t("failed")}</p>
      <button type="button" onClick={() => location.reload()}>
        {t("reload")}
      </button>
    </div>
  );
}
