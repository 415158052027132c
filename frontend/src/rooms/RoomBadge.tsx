import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useControl } from "../live/usePlayback";
import { usePage, usePageStore } from "../ui/page";
import styles from "./Rooms.module.css";

const RoomDialog = lazy(async () => ({ default: (await import("./RoomDialog")).RoomDialog }));

/** The room that we are in, and the way back to it after a look elsewhere. */
export function RoomBadge() {
  const { t } = useTranslation("room");
  const { room } = useControl();
  const page = usePageStore();
  const open = usePage(({ dialog }) => dialog === "room");
  const { code, inStep, status } = useStore(room.store);
  const show = (dialog: "room" | undefined): void => page.setState({ dialog });
  return (
    <>
      {code !== undefined && (
        <button
          type="button"
          className={styles.badge}
          data-testid="room"
          data-status={status}
          data-instep={inStep}
          onClick={() => (inStep ? show("room") : room.rejoin())}
        >
          {inStep ? t("badge", { code }) : t("rejoin")}
        </button>
      )}
      {open && (
        <Suspense>
          <RoomDialog onClose={() => show(undefined)} />
        </Suspense>
      )}
    </>
  );
}
