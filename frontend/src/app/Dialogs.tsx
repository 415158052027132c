import { lazy, Suspense } from "react";
import { usePage, usePageStore } from "../ui/page";

const SettingsDialog = lazy(async () => ({
  default: (await import("../settings/SettingsDialog")).SettingsDialog,
}));
const KeySheet = lazy(async () => ({ default: (await import("../keys/KeySheet")).KeySheet }));

/** The dialog that is open, loaded when it is first asked for. */
export function Dialogs() {
  const page = usePageStore();
  const dialog = usePage((state) => state.dialog);
  const close = (): void => page.setState({ dialog: undefined });
  return (
    <Suspense>
      {dialog === "settings" && <SettingsDialog onClose={close} />}
      {dialog === "keys" && <KeySheet onClose={close} />}
    </Suspense>
  );
}
