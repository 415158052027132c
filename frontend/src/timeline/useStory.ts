import { useEffect, useMemo } from "react";
import { useControl, useHistory, usePlayback, useSessions } from "../live/usePlayback";
import { useRace, useTicking, useView } from "../live/useRace";
import { rankedByTime } from "../ui/order";
import { lapScale, type Scale, timeScale } from "./scale";
import { type Story, storyOf } from "./story";

export interface Shown {
  story: Story;
  scale: Scale;
  /** As far as the timeline tells; the playhead when nothing of later may be shown. */
  known: number;
  live: boolean;
}

const ROUND_MILLIS = 2_000;

/** What the timeline draws: up to the playhead, or to the end of the log for who does not mind. */
export function useStory(): Shown | undefined {
  const { playback, history, sessions } = useControl();
  const spoilerFree = usePlayback((state) => state.spoilerFree);
  const sessionKey = useRace(({ session }) => session?.sessionKey);
  const live = useSessions(() => sessions.isLive(sessionKey));
  const times = useView((view) => view.times);
  const laps = useRace((state) => state.laps);
  const stints = useRace((state) => state.stints);
  const stops = useRace((state) => state.pitStops);
  const periods = useRace((state) => state.trackPeriods);
  const byTime = useRace(rankedByTime) ?? false;
  const totalLaps = useRace(({ progress }) => progress?.totalLaps) ?? 0;
  const finish = useRace(({ clock }) => clock?.finishedRaceOffsetMillis);
  const whole = useHistory((told) => (told.sessionKey === sessionKey ? told.whole : undefined));
  const summary = useSessions(() => sessions.find(sessionKey));
  const now = useTicking(() => {
    const at = playback.now();
    return at === undefined ? undefined : Math.floor(at / ROUND_MILLIS) * ROUND_MILLIS;
  });
  const edge = summary?.raceOffsetMillis;
  const isBehind = now !== undefined && edge !== undefined && edge - now > 5_000;

  useEffect(() => {
    if (!spoilerFree && isBehind && sessionKey !== undefined && now !== undefined)
      history.want(sessionKey, live);
  }, [history, spoilerFree, isBehind, sessionKey, live, now]);

  const told = spoilerFree || !isBehind ? undefined : whole;
  const story = useMemo(
    () => laps && stints && stops && periods && storyOf({ laps, stints, stops, periods }, told),
    [told, laps, stints, stops, periods],
  );
  if (story === undefined || now === undefined) return undefined;

  const known = spoilerFree ? now : Math.max(now, edge ?? now);
  const origin = times.originMillis ?? 0;
  const scheduled = (millis: number | undefined) =>
    millis === undefined ? undefined : millis - origin;
  const start = scheduled(times.scheduledStartMillis);
  const first = summary?.firstRaceOffsetMillis ?? start ?? now;
  const beginMillis = Math.max(first, (start ?? first) - 300_000);
  const scale = byTime
    ? timeScale(beginMillis, Math.max(known, scheduled(times.scheduledEndMillis) ?? known))
    : lapScale({
        lapStarts: story.lapStarts,
        totalLaps,
        beginMillis,
        endMillis: known,
        finishMillis: finish !== undefined && finish <= known ? finish : undefined,
      });
  return { story, scale, known, live };
}
