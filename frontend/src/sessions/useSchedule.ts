import { useEffect, useState } from "react";
import type { Session } from "../gen/racetime/v1/session_pb";
import { useControl } from "../live/usePlayback";

export interface Schedule {
  sessions: readonly Session[];
  failed: boolean;
}

const RETRY_MILLIS = 10_000;

/** Fetch the season's schedule, and again until it is there; undefined before the first answer. */
export function useSchedule(): Schedule | undefined {
  const { fetchSchedule } = useControl();
  const [schedule, setSchedule] = useState<Schedule>();
  useEffect(() => {
    const ends = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async (): Promise<void> => {
      try {
        const sessions = await fetchSchedule(ends.signal);
        setSchedule({ sessions, failed: false });
      } catch {
        if (ends.signal.aborted) return;
        setSchedule((held) => ({ sessions: held?.sessions ?? [], failed: true }));
        timer = setTimeout(load, RETRY_MILLIS);
      }
    };
    void load();
    return () => {
      ends.abort();
      clearTimeout(timer);
    };
  }, [fetchSchedule]);
  return schedule;
}
