import type { TFunction } from "i18next";
import { type RaceEvent, RaceEventKind } from "../gen/racetime/v1/history_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { TrackFlag } from "../gen/racetime/v1/track_pb";
import { formatLapTime } from "../leaderboard/format";
import { codeOf } from "../ui/order";
import type { News } from "./news";

type T = TFunction<"notify">;

/** Something to say; what is graver goes first. */
export interface Sentence {
  text: string;
  weight: number;
  /** Sentences of the same thing replace each other. */
  about: string;
}

const FLAGS: Partial<
  Record<
    TrackFlag,
    "green" | "yellow" | "safetyCar" | "safetyCarIn" | "vsc" | "vscEnding" | "red" | "chequered"
  >
> = {
  [TrackFlag.GREEN]: "green",
  [TrackFlag.YELLOW]: "yellow",
  [TrackFlag.SAFETY_CAR]: "safetyCar",
  [TrackFlag.SAFETY_CAR_ENDING]: "safetyCarIn",
  [TrackFlag.VIRTUAL_SAFETY_CAR]: "vsc",
  [TrackFlag.VIRTUAL_SAFETY_CAR_ENDING]: "vscEnding",
  [TrackFlag.RED]: "red",
  [TrackFlag.CHEQUERED]: "chequered",
};

/** What there is to say of the news: of the whole track, and of the drivers who are followed. */
export function sentencesOf(
  news: News,
  state: RaceState,
  followed: readonly number[],
  t: T,
): Sentence[] {
  const flag = news.flag === undefined ? undefined : FLAGS[news.flag];
  return [
    ...(flag === undefined ? [] : [{ text: t(`flags.${flag}`), weight: 3, about: "flag" }]),
    ...news.events.flatMap((event) => eventSentence(event, state, followed, t)),
    ...news.pits
      .filter((number) => followed.includes(number))
      .map((number) => ({
        text: t("says.pits", { driver: codeOf(state, number) }),
        weight: 1,
        about: `pit ${number}`,
      })),
  ];
}

function eventSentence(
  event: RaceEvent,
  state: RaceState,
  followed: readonly number[],
  t: T,
): Sentence[] {
  const { driverNumber, otherDriverNumber } = event;
  const code = (number: number | undefined): string =>
    number === undefined ? "" : codeOf(state, number);
  const follows = (number: number | undefined): boolean =>
    number !== undefined && followed.includes(number);
  const [driver, other] = [code(driverNumber), code(otherDriverNumber)];
  if (
    event.kind === RaceEventKind.OVERTAKE &&
    follows(otherDriverNumber) &&
    !follows(driverNumber)
  ) {
    const text = t("says.lostPlace", { driver: other, other: driver });
    return [{ text, weight: 1, about: `place ${otherDriverNumber}` }];
  }
  if (!follows(driverNumber)) return [];
  const say = (text: string, weight: number, about: string): Sentence[] => [
    { text, weight, about: `${about} ${driverNumber}` },
  ];
  switch (event.kind) {
    case RaceEventKind.OVERTAKE:
      return say(overtakeText(event, driver, other, t), 1, "place");
    case RaceEventKind.FASTEST_LAP:
      return say(fastestLapText(event, driver, t), 1, "lap");
    case RaceEventKind.PENALTY:
      return say(t("says.penalty", { driver }), 2, "penalty");
    case RaceEventKind.RETIREMENT:
      return say(t("says.out", { driver }), 3, "out");
    default:
      return [];
  }
}

function overtakeText({ position }: RaceEvent, driver: string, other: string, t: T): string {
  return position === undefined
    ? t("says.passed", { driver, other })
    : t("says.passedFor", { driver, other, position });
}

function fastestLapText({ durationMillis }: RaceEvent, driver: string, t: T): string {
  return durationMillis === undefined
    ? t("says.fastest", { driver })
    : t("says.fastestIn", { driver, time: formatLapTime(durationMillis) });
}
