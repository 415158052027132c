import { registerSW } from "virtual:pwa-register";
import i18next from "i18next";
import { tell } from "./notice";

/** Keep the page for when there is no connection. A new version is offered, never put in place during a race. */
export function watchForUpdates(): void {
  const update = registerSW({
    onNeedRefresh() {
      const t = i18next.getFixedT(null, "common");
      tell({
        text: t("newVersion"),
        action: { name: t("update"), run: () => void update(true) },
      });
    },
  });
}
