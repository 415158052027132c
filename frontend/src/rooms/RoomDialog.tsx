import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useControl } from "../live/usePlayback";
import { Modal } from "../ui/Modal";
import styles from "./Rooms.module.css";

/** Make a room, join one, or see the code of the one we are in. */
export function RoomDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("room");
  const { room } = useControl();
  const code = useStore(room.store, (state) => state.code);
  return (
    <Modal title={t("title")} onClose={onClose}>
      <div className={styles.room} data-testid="room-dialog">
        <p>{t("about")}</p>
        {code === undefined ? <Outside /> : <Inside code={code} />}
      </div>
    </Modal>
  );
}

function Outside() {
  const { t } = useTranslation("room");
  const { room } = useControl();
  const [code, setCode] = useState("");
  const [shared, setShared] = useState(true);
  const [failed, setFailed] = useState(false);
  const make = (): void => {
    setFailed(false);
    room.make(shared).catch(() => setFailed(true));
  };
  const join = (event: FormEvent): void => {
    event.preventDefault();
    if (code.trim() !== "") room.join(code.trim());
  };
  return (
    <>
      <form onSubmit={join}>
        <label htmlFor="room-code">{t("code")}</label>
        <input
          id="room-code"
          value={code}
          maxLength={6}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          onChange={(event) => setCode(event.target.value.toUpperCase())}
        />
        <button type="submit">{t("join")}</button>
      </form>
      <hr />
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={shared}
          onChange={(event) => setShared(event.target.checked)}
        />
        {t("shared")}
      </label>
      <button type="button" onClick={make} data-testid="make-room">
        {t("make")}
      </button>
      {failed && <p role="alert">{t("failed")}</p>}
    </>
  );
}

function Inside({ code }: { code: string }) {
  const { t } = useTranslation("room");
  const { room } = useControl();
  const { key, sharedControl, status } = useStore(room.store);
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(`${location.origin}/room/${code}`);
    setCopied(true);
  };
  const role = key !== "" ? "maker" : sharedControl ? "shared" : "guest";
  return (
    <>
      <p className={styles.code} data-testid="room-code">
        {code}
      </p>
      <p>{t(status === "joined" ? `role.${role}` : `status.${status}`)}</p>
      <button type="button" onClick={() => void copy()}>
        {t(copied ? "copied" : "copy")}
      </button>
      <button type="button" onClick={() => room.leave()}>
        {t("leave")}
      </button>
    </>
  );
}
