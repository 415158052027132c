import { useTranslation } from "react-i18next";
import { localTime } from "../header/times";
import { useRace, useRaceObject, useView } from "../live/useRace";
import { useIsFavourite } from "../settings/favourites";
import { eventLine } from "./eventLine";
import type { EventKind, ListedEvent } from "./eventSettings";

/** Marks that tell the kinds apart without colour. */
const MARKS: Record<EventKind, string> = {
  overtakes: "⇅",
  stops: "P",
  fastestLaps: "◆",
  flags: "⚑",
  penalties: "!",
  retirements: "X",
  battles: "≈",
};

export function EventRow({ listed }: { listed: ListedEvent }) {
  const { t } = useTranslation("events");
  const { kind, event } = listed;
  const { store } = useRaceObject();
  const drivers = useRace((state) => state.drivers);
  const gmtOffset = useRace(({ session }) => session?.gmtOffsetMinutes);
  const time = useView(({ times }) => localTime(times, gmtOffset, event.raceOffsetMillis)) ?? "–";
  const mine = useIsFavourite(event.driverNumber ?? -1);
  const others = useIsFavourite(event.otherDriverNumber ?? -1);
  const { state } = store.getState();
  if (state === undefined || drivers === undefined) return null;
  const { title, detail, inferred } = eventLine(listed, state, t);
  return (
    <li data-kind={kind} data-favourite={mine || others}>
      <time>{time}</time>
      <i title={t(`kinds.${kind}`)} role="img" aria-label={t(`kinds.${kind}`)}>
        {MARKS[kind]}
      </i>
      <p>
        <b>{title}</b> {detail}
        {inferred && <abbr title={t("inferred")}> ~</abbr>}
      </p>
      <span>{event.lap === undefined ? "" : `L${event.lap}`}</span>
    </li>
  );
}
