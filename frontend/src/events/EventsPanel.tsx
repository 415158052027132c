import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useRace } from "../live/useRace";
import { NoticeSettings } from "../notify/NoticeSettings";
import { noticeSettings } from "../notify/noticeSettings";
import { useFavourites } from "../settings/favourites";
import { leaderOf } from "../ui/order";
import { usePage } from "../ui/page";
import { FILTER_PATH, ToolButton } from "../ui/ToolButton";
import { EventFilterSettings } from "./EventFilterSettings";
import { EventRow } from "./EventRow";
import styles from "./Events.module.css";
import { eventSettings, listedEvents } from "./eventSettings";

const NONE = {};
const BELL_PATH = "M3 12h10l-1.4-2V6.8a3.6 3.6 0 0 0-7.2 0V10zM6.6 12.4a1.5 1.5 0 0 0 2.8 0";

/** What has happened in the race up to the playhead, newest first. */
export function EventsPanel() {
  const { t } = useTranslation("events");
  const [tool, setTool] = useState<"filter" | "notices">();
  const { hidden, whose } = useStore(eventSettings);
  const system = useStore(noticeSettings, (settings) => settings.system);
  const events = useRace((state) => state.events) ?? NONE;
  const driverNumbers = useDrivers();
  const listed = useMemo(
    () => listedEvents(events, { hidden, driverNumbers }),
    [events, hidden, driverNumbers],
  );
  const toggle = (one: typeof tool) => () => setTool(tool === one ? undefined : one);
  return (
    <section className={styles.panel} aria-label={t("title")} data-testid="events">
      <header>
        <h2>{t("title")}</h2>
        <ToolButton
          name={t("filter")}
          path={FILTER_PATH}
          open={tool === "filter"}
          set={hidden.length > 0 || whose !== "all"}
          onToggle={toggle("filter")}
        />
        <ToolButton
          name={t("notices")}
          path={BELL_PATH}
          open={tool === "notices"}
          set={system}
          onToggle={toggle("notices")}
        />
      </header>
      {tool === "filter" && <EventFilterSettings />}
      {tool === "notices" && <NoticeSettings />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <ul tabIndex={0} className={styles.list}>
        {listed.map((one) => (
          <EventRow key={one.id} listed={one} />
        ))}
        {listed.length === 0 && (
          <li className={styles.nothing}>
            {t(Object.keys(events).length > 0 ? "nothingMatches" : "nothing")}
          </li>
        )}
      </ul>
    </section>
  );
}

/** Drivers to whom the list is narrowed; unset for all. */
function useDrivers(): readonly number[] | undefined {
  const whose = useStore(eventSettings, (settings) => settings.whose);
  const favourites = useFavourites();
  const leader = useRace(leaderOf);
  const selected = usePage(({ selectedDriver }) => selectedDriver) ?? leader;
  return useMemo(() => {
    if (whose === "all") return undefined;
    return whose === "favourites" ? favourites : [selected ?? 0];
  }, [whose, favourites, selected]);
}
