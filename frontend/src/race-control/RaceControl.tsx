import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { localTime } from "../header/times";
import { useRace, useView } from "../live/useRace";
import { SoundSettings } from "../notify/SoundSettings";
import { useFavourites } from "../settings/favourites";
import { leaderOf } from "../ui/order";
import { usePage } from "../ui/page";
import { type Entry, type Icon, raceControlEntries } from "./entries";
import { FilterSettings } from "./FilterSettings";
import { controlSettings, filterMessages } from "./filter";
import styles from "./RaceControl.module.css";
import { type Tool, Tools } from "./Tools";

/** What race control said, newest first, as far as the viewer wants to see it. */
export function RaceControl() {
  const { t } = useTranslation("control");
  const [tool, setTool] = useState<Tool>();
  const messages = useRace((state) => state.raceControl);
  const entries = useEntries();
  return (
    <section className={styles.panel} aria-label={t("title")}>
      <header>
        <h2>{t("title")}</h2>
        <Tools open={tool} onOpen={setTool} />
      </header>
      {tool === "filter" && <FilterSettings />}
      {tool === "sound" && <SoundSettings />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <ul tabIndex={0} className={styles.list} data-testid="race-control">
        {entries.map((entry, index) => (
          <Message key={entry.key} entry={entry} newest={index === 0} />
        ))}
        {entries.length === 0 && (
          <li className={styles.nothing}>{t(messages?.length ? "nothingMatches" : "nothing")}</li>
        )}
      </ul>
    </section>
  );
}

function useEntries(): Entry[] {
  const { t } = useTranslation("control");
  const messages = useRace((state) => state.raceControl);
  const { hidden, whose } = useStore(controlSettings);
  const favourites = useFavourites();
  const leader = useRace(leaderOf);
  const selected = usePage(({ selectedDriver }) => selectedDriver) ?? leader;
  return useMemo(() => {
    const driverNumbers =
      whose === "all" ? undefined : whose === "favourites" ? favourites : [selected ?? 0];
    return raceControlEntries(filterMessages(messages ?? [], { hidden, driverNumbers }), t);
  }, [messages, hidden, whose, favourites, selected, t]);
}

const LETTERS: Partial<Record<Icon, string>> = {
  car: "SC",
  aid: "D",
  steward: "!",
  closed: "✓",
  deleted: "T",
  warning: "",
  note: "i",
};

function Message({ entry, newest }: { entry: Entry; newest: boolean }) {
  const times = useView((view) => view.times);
  const gmtOffset = useRace(({ session }) => session?.gmtOffsetMinutes);
  return (
    <li className={newest ? styles.newest : undefined} data-kind={entry.kind}>
      <time>{localTime(times, gmtOffset, entry.raceOffsetMillis) ?? "–"}</time>
      <i className={styles.icon} data-icon={entry.icon} aria-hidden>
        {LETTERS[entry.icon]}
      </i>
      <p title={entry.text}>
        {entry.title && <b>{entry.title} </b>}
        {entry.detail}
      </p>
      <span>{entry.lap === undefined ? "" : `L${entry.lap}`}</span>
    </li>
  );
}
