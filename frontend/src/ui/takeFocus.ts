/** Take the focus of what is gone from the page, so that keys go on from here. A ref of what has come instead. */
export function takeFocus(element: HTMLElement | null): void {
  const { activeElement, body } = document;
  if (activeElement === null || activeElement === body) element?.focus({ preventScroll: true });
}
