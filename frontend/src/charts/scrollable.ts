/** What scrolls can be reached by the keyboard, even where nothing in it takes the focus. */
export const SCROLLABLE = { tabIndex: 0 } as const;
