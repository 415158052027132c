import { createStore } from "zustand/vanilla";

/** A line that the page itself has to say, and what can be done about it. */
export interface Notice {
  text: string;
  action?: { name: string; run: () => void };
}

/** At most one is shown; the newest counts. */
export const notices = createStore<{ notice: Notice | undefined }>(() => ({ notice: undefined }));

export const tell = (notice: Notice): void => notices.setState({ notice });

export const dismissNotice = (): void => notices.setState({ notice: undefined });
