import * as v from "valibot";
import { keptStore } from "../settings/keptStore";

/** What the viewer wants to be told of: by screen readers, and by the system while the page is not looked at. */
export const noticeSettings = keptStore(
  "notices",
  v.object({ spoken: v.boolean(), system: v.boolean() }),
  { spoken: true, system: false },
);

export type Permission = NotificationPermission | "unsupported";

export const permission = (): Permission =>
  typeof Notification === "undefined" ? "unsupported" : Notification.permission;

/** Turn notifications of the system on or off; asks the browser only when they are turned on. */
export async function setSystemNotices(wanted: boolean): Promise<void> {
  if (wanted && permission() === "default") await Notification.requestPermission();
  noticeSettings.setState({ system: wanted && permission() === "granted" });
}
