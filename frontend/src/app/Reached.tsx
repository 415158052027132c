import { useControl } from "../live/usePlayback";
import { useView } from "../live/useRace";

/** Which state is on screen, and the playhead when it came; not for people, but for who compares the page with the log. */
export function Reached() {
  const { playback } = useControl();
  const reached = useView((view) => view.reached);
  const at = playback.now();
  return (
    <data
      hidden
      data-testid="reached"
      data-sequence={reached?.sequence}
      data-race-offset={reached?.raceOffsetMillis}
      data-at={at === undefined ? undefined : Math.round(at)}
    />
  );
}
