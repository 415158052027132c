import type { TFunction } from "i18next";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { formatClock } from "../header/times";
import { formatLapTime } from "../leaderboard/format";
import { sentence } from "../race-control/entries";
import { codeOf } from "../ui/order";
import type { ListedEvent } from "./eventSettings";

/** An event as a line of the list. */
export interface EventLine {
  title: string;
  detail: string;
  /** Whether it was concluded from places, and not told by the feed. */
  inferred: boolean;
}

const FROM_PLACES = "from places";

export function eventLine(
  { kind, event }: ListedEvent,
  state: RaceState,
  t: TFunction<"events">,
): EventLine {
  const { driverNumber, otherDriverNumber, message, durationMillis: millis, position } = event;
  const code = (number: number | undefined) => (number === undefined ? "" : codeOf(state, number));
  const names = { driver: code(driverNumber), other: code(otherDriverNumber) };
  const inferred = message === FROM_PLACES;
  const line = (title: string, detail = ""): EventLine => ({ title, detail, inferred });
  switch (kind) {
    case "overtakes":
      return line(t("lines.overtakes", names), position === undefined ? "" : `P${position}`);
    case "stops":
      return line(
        t("lines.stops", names),
        millis === undefined ? "" : t("inLane", { seconds: (millis / 1000).toFixed(1) }),
      );
    case "fastestLaps":
      return line(t("lines.fastestLaps", names), millis === undefined ? "" : formatLapTime(millis));
    case "battles":
      return line(t("lines.battles", names), millis === undefined ? "" : formatClock(millis));
    case "flags":
      return line(sentence(message));
    default:
      return line(t(`lines.${kind}`, names), sentence(message));
  }
}
