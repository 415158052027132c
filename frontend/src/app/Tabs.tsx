import { type Tab, usePage, usePageStore } from "../ui/page";
import styles from "./Tabs.module.css";

const TABS: readonly { tab: Tab; name: string; path: string }[] = [
  { tab: "race", name: "Race", path: "M4 6h16M4 12h16M4 18h10" },
  { tab: "map", name: "Map", path: "M5 17c-3-5 0-11 6-11 4 0 4 4 8 4 3 0 3 7-2 8-5 1-9 3-12-1z" },
  { tab: "control", name: "Control", path: "M5 21V4h13l-3 4 3 4H5" },
  {
    tab: "driver",
    name: "Driver",
    path: "M8 8a4 4 0 1 0 8 0a4 4 0 1 0-8 0M4 21c1-5 4-7 8-7s7 2 8 7",
  },
];

/** On a phone: which panel is shown. */
export function Tabs() {
  const page = usePageStore();
  const shown = usePage((state) => state.tab);
  return (
    <nav className={styles.tabs} aria-label="Panels">
      {TABS.map(({ tab, name, path }) => (
        <button
          key={tab}
          type="button"
          aria-current={tab === shown ? "page" : undefined}
          onClick={() => page.setState({ tab })}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d={path} />
          </svg>
          {name}
        </button>
      ))}
    </nav>
  );
}
