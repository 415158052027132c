import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useRace } from "../live/useRace";
import { useFavourites } from "../settings/favourites";
import { Choices } from "../ui/Choices";
import { leaderOf } from "../ui/order";
import { usePage } from "../ui/page";
import styles from "./Radio.module.css";
import { Recording } from "./Recording";
import { concerns, LISTED, PLAYED, radioSettings, recordingsOf } from "./radioSettings";

const NONE = {};

/** Team radio as it was published, newest first, up to the playhead. */
export function RadioPanel() {
  const { t } = useTranslation("radio");
  const { listed, played } = useStore(radioSettings);
  const recordings = useRecordings();
  const any = useRace(({ teamRadio }) => Object.keys(teamRadio).length > 0);
  return (
    <section className={styles.panel} aria-label={t("title")} data-testid="radio">
      <header>
        <h2>{t("title")}</h2>
      </header>
      <Choices.Group label={t("settings")}>
        <Choices.One
          label={t("list")}
          value={listed}
          options={LISTED.map((value) => ({ value, name: t(`whose.${value}`) }))}
          onChoose={(value) => radioSettings.setState({ listed: value })}
        />
        <Choices.One
          label={t("autoPlay")}
          value={played}
          options={PLAYED.map((value) => ({ value, name: t(`whose.${value}`) }))}
          onChoose={(value) => radioSettings.setState({ played: value })}
        />
      </Choices.Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <ul tabIndex={0} className={styles.list}>
        {recordings.map((recording) => (
          <Recording key={recording.recordingUrl} recording={recording} />
        ))}
        {recordings.length === 0 && (
          <li className={styles.nothing}>{t(any ? "nothingMatches" : "nothing")}</li>
        )}
      </ul>
    </section>
  );
}

function useRecordings() {
  const { listed } = useStore(radioSettings);
  const teamRadio = useRace((state) => state.teamRadio) ?? NONE;
  const favourites = useFavourites();
  const leader = useRace(leaderOf);
  const selected = usePage(({ selectedDriver }) => selectedDriver) ?? leader;
  return useMemo(
    () => recordingsOf(teamRadio, (number) => concerns(listed, number, favourites, selected)),
    [teamRadio, listed, favourites, selected],
  );
}
