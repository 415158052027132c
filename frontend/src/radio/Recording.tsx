import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { TeamRadio } from "../gen/racetime/v1/history_pb";
import { localTime } from "../header/times";
import { useRace, useView } from "../live/useRace";
import { codeOf } from "../ui/order";
import { TeamBar } from "../ui/TeamBar";
import { type PlayerState, player } from "./player";
import styles from "./Radio.module.css";

const PLAY = "M4 2.5v11l9-5.5z";
const PAUSE = "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z";

/** One recording: whose, when, and its place in the player when it is the one there. */
export function Recording({ recording }: { recording: TeamRadio }) {
  const { t } = useTranslation("radio");
  const { driverNumber, raceOffsetMillis, recordingUrl: url } = recording;
  const code = useRace((state) => codeOf(state, driverNumber)) ?? "";
  const driver = useRace(({ drivers }) => drivers[driverNumber]);
  const gmtOffset = useRace(({ session }) => session?.gmtOffsetMinutes);
  const time = useView(({ times }) => localTime(times, gmtOffset, raceOffsetMillis)) ?? "–";
  const held = useStore(player.store, (state) => (state.url === url ? state : undefined));
  const playing = held?.doing === "playing" || held?.doing === "loading";
  return (
    <li data-doing={held?.doing}>
      <button
        type="button"
        aria-label={t(playing ? "pause" : "play", { driver: driver?.fullName || code, time })}
        onClick={() => (playing ? player.pause() : player.play(url))}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d={playing ? PAUSE : PLAY} />
        </svg>
      </button>
      <TeamBar colour={driver?.teamColour} />
      <b>{code}</b>
      <span>{driver?.lastName}</span>
      <time>{time}</time>
      {held !== undefined && held.doing !== "nothing" && <Progress held={held} />}
    </li>
  );
}

function Progress({ held }: { held: PlayerState }) {
  const { t } = useTranslation("radio");
  const { doing, atSeconds, lengthSeconds } = held;
  if (doing === "failed" || doing === "refused") return <p role="status">{t(doing)}</p>;
  return (
    <div className={styles.progress}>
      <input
        type="range"
        aria-label={t("position")}
        aria-valuetext={seconds(atSeconds)}
        min="0"
        max={lengthSeconds ?? 0}
        step="0.1"
        value={atSeconds}
        disabled={lengthSeconds === undefined}
        onChange={(event) => player.seek(Number(event.target.value))}
      />
      <small>
        {seconds(atSeconds)} / {lengthSeconds === undefined ? "–" : seconds(lengthSeconds)}
      </small>
    </div>
  );
}

/** 72.4 -> "1:12". */
function seconds(value: number): string {
  const whole = Math.floor(value);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
