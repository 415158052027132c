import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Playhead, PlayheadSchema } from "../gen/racetime/v1/room_service_pb";
import type { PlaybackState } from "../live/playback";

export type Where = Pick<PlaybackState, "sessionKey" | "place" | "pausedAt">;

/** Tell others where this page is. `now` is its playhead, a race offset; `origin` the session's zero in epoch milliseconds. */
export function playheadOf(
  { sessionKey, place, pausedAt }: Where,
  shownKey: number | undefined,
  now: number | undefined,
  origin: number | undefined,
): Playhead {
  const key = pausedAt !== undefined || place.kind === "replay" ? shownKey : sessionKey;
  const init: MessageInitShape<typeof PlayheadSchema> =
    key === undefined ? {} : { sessionKey: key };
  const at = pausedAt ?? now;
  if (place.kind === "live" && pausedAt === undefined)
    init.place = { case: "delayMillis", value: Math.round(place.delayMillis) };
  else if (at !== undefined && origin !== undefined) {
    init.place = { case: "raceTime", value: timestampFromMs(Math.round(origin + at)) };
    init.speed = place.kind === "replay" ? place.speed : 1;
    init.paused = pausedAt !== undefined;
  }
  return create(PlayheadSchema, init);
}

/**
 * Tell where a room is now.
 *
 * `serverMillis` is the server's clock now. Unset when the origin of the room's session is not known.
 */
export function whereOf(
  playhead: Playhead | undefined,
  serverMillis: number,
  originOf: (sessionKey: number | undefined) => number | undefined,
): Where | undefined {
  const sessionKey = playhead?.sessionKey;
  if (playhead?.place.case !== "raceTime") {
    const delayMillis = playhead?.place.case === "delayMillis" ? playhead.place.value : 0;
    return { sessionKey, place: { kind: "live", delayMillis }, pausedAt: undefined };
  }
  const origin = originOf(sessionKey);
  if (origin === undefined) return undefined;
  const { paused, speed = 1, asOfTime } = playhead;
  const elapsed = asOfTime && !paused ? Math.max(0, serverMillis - timestampMs(asOfTime)) : 0;
  const raceOffsetMillis = timestampMs(playhead.place.value) - origin + elapsed * speed;
  return {
    sessionKey,
    place: { kind: "replay", raceOffsetMillis, speed },
    pausedAt: paused ? raceOffsetMillis : undefined,
  };
}
