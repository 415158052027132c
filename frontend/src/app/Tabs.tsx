import { useTranslation } from "react-i18next";
import { type Tab, usePage, usePageStore } from "../ui/page";
import styles from "./Tabs.module.css";

const TABS: readonly { tab: Tab; path: string }[] = [
  { tab: "race", path: "M4 6h16M4 12h16M4 18h10" },
  { tab: "map", path: "M5 17c-3-5 0-11 6-11 4 0 4 4 8 4 3 0 3 7-2 8-5 1-9 3-12-1z" },
  { tab: "control", path: "M5 21V4h13l-3 4 3 4H5" },
  {
    tab: "driver",
    path: "M8 8a4 4 0 1 0 8 0a4 4 0 1 0-8 0M4 21c1-5 4-7 8-7s7 2 8 7",
  },
  { tab: "more", path: "M5 12h.1M12 12h.1M19 12h.1" },
];

/** On a phone: which panel is shown. */
export function Tabs() {
  const { t } = useTranslation("layout");
  const page = usePageStore();
  const shown = usePage((state) => state.tab);
  return (
    <nav className={styles.tabs} aria-label={t("tabs.list")}>
      {TABS.map(({ tab, path }) => (
        <button
          key={tab}
          type="button"
          aria-current={tab === shown ? "page" : undefined}
          onClick={() => page.setState({ tab, more: undefined })}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d={path} />
          </svg>
          {t(`tabs.${tab}`)}
        </button>
      ))}
    </nav>
  );
}
