import { lazy, Suspense, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useFlag } from "../header/FlagBlock";
import { Header } from "../header/Header";
import { LeaderLine } from "../header/LeaderLine";
import { Layout } from "../layout/Layout";
import type { Race } from "../live/race";
import { type Control, ControlContext } from "../live/usePlayback";
import { RaceContext, useView } from "../live/useRace";
import { Timeline } from "../timeline/Timeline";
import { type Page, PageContext, usePage } from "../ui/page";
import { takeFocus } from "../ui/takeFocus";
import styles from "./App.module.css";
import { Dialogs } from "./Dialogs";
import { NoticeLine } from "./NoticeLine";
import { Reached } from "./Reached";
import { Tabs } from "./Tabs";
import { Waiting } from "./Waiting";

const Notices = lazy(async () => ({ default: (await import("../notify/Notices")).Notices }));
const SessionsPage = lazy(async () => ({
  default: (await import("../sessions/SessionsPage")).SessionsPage,
}));

const SchedulePage = lazy(async () => ({
  default: (await import("../sessions/SchedulePage")).SchedulePage,
}));

/** The page of one race. */
export function App({ race, page, control }: { race: Race; page: Page; control: Control }) {
  return (
    <RaceContext value={race}>
      <ControlContext value={control}>
        <PageContext value={page}>
          <Screen />
          <Dialogs />
          <NoticeLine />
        </PageContext>
      </ControlContext>
    </RaceContext>
  );
}

function Screen() {
  const waiting = useView(({ state }) => state === undefined);
  const theme = usePage((page) => page.theme);
  const shown = usePage(({ route }) => route.page);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useFocusOnReturn(shown !== "race", waiting);
  if (shown !== "race")
    return <Suspense>{shown === "sessions" ? <SessionsPage /> : <SchedulePage />}</Suspense>;
  return waiting ? <Waiting /> : <RaceScreen />;
}

/** Give the focus to the race when it comes back from a list: what had it is gone. At first, keys begin at the top. */
function useFocusOnReturn(away: boolean, waiting: boolean): void {
  const left = useRef(false);
  useEffect(() => {
    if (away) left.current = true;
    if (!left.current || away || waiting) return;
    left.current = false;
    takeFocus(document.getElementById("main"));
  }, [away, waiting]);
}

function RaceScreen() {
  const tab = usePage((page) => page.tab);
  const { colour, word } = useFlag();
  return (
    <div
      className={styles.frame}
      data-flag={colour}
      data-word={word}
      data-tab={tab}
      data-testid="frame"
    >
      <SkipLink />
      <Reached />
      <Header />
      <LeaderLine />
      <Layout />
      <Timeline />
      <Tabs />
      <Suspense>
        <Notices />
      </Suspense>
    </div>
  );
}

function SkipLink() {
  const { t } = useTranslation("layout");
  return (
    <button
      type="button"
      className={styles.skip}
      onClick={() => document.getElementById("main")?.focus()}
    >
      {t("skip")}
    </button>
  );
}
