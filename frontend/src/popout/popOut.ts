/** Chromium's window that stays on top; no other browser has it yet. */
interface PictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
}

const api = (): PictureInPicture | undefined =>
  (globalThis as { documentPictureInPicture?: PictureInPicture }).documentPictureInPicture;

/** Whether this browser can show a part of the page in a window that stays on top. */
export const canPopOut = (): boolean => api() !== undefined;

const SIZE = { width: 400, height: 760 };

/** Open such a window with the looks of this page; `onClose` is told when the viewer closes it. */
export async function openPopOut(onClose: () => void): Promise<Window | undefined> {
  const opened = await api()?.requestWindow(SIZE);
  if (opened === undefined) return undefined;
  const { head, documentElement, body } = opened.document;
  for (const style of document.querySelectorAll("style, link[rel=stylesheet]"))
    head.append(style.cloneNode(true));
  Object.assign(documentElement.dataset, document.documentElement.dataset);
  documentElement.lang = document.documentElement.lang;
  body.dataset.popOut = "true";
  opened.addEventListener("pagehide", onClose, { once: true });
  return opened;
}
