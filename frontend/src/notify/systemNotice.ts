import { Provenance } from "../gen/racetime/v1/session_pb";
import type { PlaybackState } from "../live/playback";
import type { RaceView } from "../live/raceStore";

/** Whether the system may tell: a race that happens now, while the page is not looked at. */
export function mayNotify(
  { state }: Pick<RaceView, "state">,
  { place, pausedAt }: Pick<PlaybackState, "place" | "pausedAt">,
  hidden: boolean,
): boolean {
  const replay = place.kind === "replay" || state?.session?.provenance === Provenance.REPLAY;
  return hidden && !replay && pausedAt === undefined;
}

/** Tell by the system; on phones only a service worker can. */
export async function notify(title: string, text: string): Promise<void> {
  const options: NotificationOptions = { body: text, tag: text, silent: true };
  const worker = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  if (worker?.active) return worker.showNotification(title, options);
  try {
    new Notification(title, options);
  } catch {
    // Some browsers have notifications by service workers only, and there is none.
  }
}
