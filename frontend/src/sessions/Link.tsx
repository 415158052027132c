import type { MouseEvent, ReactNode } from "react";
import { useControl } from "../live/usePlayback";
import { usePageStore } from "../ui/page";
import { go } from "./follow";

/** A link within the page; with a modifier key it opens as any link does. */
export function Link({
  to,
  children,
  className,
  title,
}: {
  to: string;
  children: ReactNode;
  className?: string | undefined;
  title?: string;
}) {
  const control = useControl();
  const page = usePageStore();
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to, control, page);
  };
  return (
    <a href={to} className={className} title={title} onClick={follow}>
      {children}
    </a>
  );
}
