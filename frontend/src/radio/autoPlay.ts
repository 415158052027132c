import type { TeamRadio } from "../gen/racetime/v1/history_pb";
import { player } from "./player";
import { concerns, radioSettings } from "./radioSettings";

/** Play what has just come, of the drivers whom the viewer chose to hear. */
export function autoPlay(
  radio: readonly TeamRadio[],
  favourites: readonly number[],
  selected: number | undefined,
): void {
  const { played } = radioSettings.getState();
  for (const { driverNumber, recordingUrl } of radio)
    if (concerns(played, driverNumber, favourites, selected)) player.enqueue(recordingUrl);
}
