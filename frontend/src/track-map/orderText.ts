import type { TFunction } from "i18next";
import { CarState } from "../gen/racetime/v1/car_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";
import { SectorFlagKind, TrackFlag } from "../gen/racetime/v1/track_pb";
import { codeOf, orderOf } from "../ui/order";

/** What the map shows, in words: order, who is in the pits, sectors under yellow. */
export function mapText(t: TFunction<"map">, state: RaceState, circuit: string): string {
  const codes = orderOf(state).map((number, index) => `${index + 1} ${codeOf(state, number)}`);
  const inPits = orderOf(state)
    .filter((number) => state.statuses[number]?.state === CarState.IN_PIT)
    .map((number) => codeOf(state, number));
  const yellow = Object.entries(state.sectorFlags)
    .filter(
      ([, { flag }]) => flag === SectorFlagKind.YELLOW || flag === SectorFlagKind.DOUBLE_YELLOW,
    )
    .map(([sector]) => sector);
  const parts = [
    t("text.order", { circuit, order: codes.join(", ") || t("text.unknown") }),
    inPits.length > 0 && t("text.pits", { codes: inPits.join(", ") }),
    yellow.length > 0 && t("text.yellow", { sectors: yellow.join(", ") }),
    state.trackStatus?.flag === TrackFlag.RED && t("text.red"),
  ];
  return parts.filter(Boolean).join(" ");
}
