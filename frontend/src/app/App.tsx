import { lazy, Suspense, useEffect } from "react";
import { DriverPanel } from "../driver-panel/DriverPanel";
import { useFlag } from "../header/FlagBlock";
import { Header } from "../header/Header";
import { LeaderLine } from "../header/LeaderLine";
import { Leaderboard } from "../leaderboard/Leaderboard";
import type { Race } from "../live/race";
import { type Control, ControlContext } from "../live/usePlayback";
import { RaceContext, useView } from "../live/useRace";
import { Notices } from "../notify/Notices";
import { RaceControl } from "../race-control/RaceControl";
import { Timeline } from "../timeline/Timeline";
import { TrackMap } from "../track-map/TrackMap";
import { type Page, PageContext, usePage } from "../ui/page";
import { Weather } from "../weather/Weather";
import styles from "./App.module.css";
import { Tabs } from "./Tabs";
import { Waiting } from "./Waiting";

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
  if (shown !== "race")
    return <Suspense>{shown === "sessions" ? <SessionsPage /> : <SchedulePage />}</Suspense>;
  return waiting ? <Waiting /> : <RaceScreen />;
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
      <Header />
      <LeaderLine />
      <main className={styles.main}>
        <div className={styles.race}>
          <Leaderboard />
        </div>
        <div className={styles.map}>
          <TrackMap />
          <Weather />
        </div>
        <div className={styles.control}>
          <RaceControl />
        </div>
        <div className={styles.driver}>
          <DriverPanel />
        </div>
      </main>
      <Timeline />
      <Tabs />
      <Notices />
    </div>
  );
}
