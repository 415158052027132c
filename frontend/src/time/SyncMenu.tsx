import { Menu } from "@base-ui/react/menu";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useControl } from "../live/usePlayback";
import { useRaceObject } from "../live/useRace";
import { canPopOut, openPopOut } from "../popout/popOut";
import { go } from "../sessions/follow";
import { linkTo } from "../sessions/route";
import { useFavourites } from "../settings/favourites";
import { type Page, usePageStore } from "../ui/page";
import styles from "./DelayControl.module.css";
import { delayFor, instantsOf, type SyncPoint } from "./sync";
import { useLiveState } from "./useLiveState";

const POINTS: readonly SyncPoint[] = ["lightsOut", "leaderLine"];

/** Tap when the TV shows it: the page then knows how far the TV is behind. Open from the first. */
export function SyncMenu() {
  const { t } = useTranslation("time");
  const { t: sessions } = useTranslation("sessions");
  const { t: schedule } = useTranslation("schedule");
  const control = useControl();
  const { playback } = control;
  const { store } = useRaceObject();
  const [open, setOpen] = useState(true);
  const page = usePageStore();
  const [failed, setFailed] = useState(false);
  const liveState = useLiveState(open);

  const tap = (point: SyncPoint): void => {
    const behind = playback.behind();
    const now = playback.now();
    const state = liveState() ?? store.getState().state;
    const delay =
      behind !== undefined && now !== undefined && state !== undefined
        ? delayFor(instantsOf(state, point), now + behind, behind)
        : undefined;
    setFailed(delay === undefined);
    if (delay !== undefined) playback.setDelay(delay);
  };

  return (
    <Menu.Root open={open} onOpenChange={setOpen}>
      <Menu.Trigger className={styles.sync} data-testid="sync">
        {t("sync")}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} className={styles.positioner}>
          <Menu.Popup className={styles.menu}>
            <p>{t(failed ? "syncFailed" : "syncHint")}</p>
            {POINTS.map((point) => (
              <Menu.Item
                key={point}
                closeOnClick={false}
                onClick={() => tap(point)}
                data-testid={`sync-${point}`}
              >
                {t(`point.${point}`)}
              </Menu.Item>
            ))}
            <Menu.Item onClick={() => playback.setDelay(0)}>{t("noDelay")}</Menu.Item>
            <Menu.Separator />
            <CopyMoment />
            {canPopOut() && (
              <Menu.Item data-testid="pop-out" onClick={() => void popOut(page)}>
                {t("popOut")}
              </Menu.Item>
            )}
            <Menu.Item data-testid="together" onClick={() => page.setState({ dialog: "room" })}>
              {t("together")}
            </Menu.Item>
            <Menu.Separator />
            <Menu.Item onClick={() => go("/sessions", control, page)}>
              {sessions("title")}
            </Menu.Item>
            <Menu.Item onClick={() => go("/schedule", control, page)}>
              {schedule("title")}
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

async function popOut(page: Page): Promise<void> {
  page.getState().popOut?.close();
  const opened = await openPopOut(() => page.setState({ popOut: undefined }));
  page.setState({ popOut: opened });
}

function CopyMoment() {
  const { t } = useTranslation("time");
  const { playback, sessions } = useControl();
  const favourites = useFavourites();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    const sessionKey = playback.shownKey();
    const origin = sessions.originOf(sessionKey);
    const now = playback.now();
    if (sessionKey === undefined || origin === undefined || now === undefined) return;
    const link = linkTo({ sessionKey, atMillis: origin + now, drivers: favourites });
    await navigator.clipboard.writeText(location.origin + link);
    setCopied(true);
  };
  return (
    <Menu.Item closeOnClick={false} data-testid="copy-moment" onClick={() => void copy()}>
      {t(copied ? "copiedMoment" : "copyMoment")}
    </Menu.Item>
  );
}
