import { type RefObject, useLayoutEffect, useRef } from "react";
import { planSlides } from "./planSlides";

/** Slide the rows that moved because the order changed; what the viewer put elsewhere is there at once. */
export function useRowSlides(
  body: RefObject<HTMLElement | null>,
  shown: readonly number[],
  order: readonly number[],
): void {
  const before = useRef({ shown, order });
  useLayoutEffect(() => {
    const isNews = before.current.order !== order;
    const slides = isNews ? planSlides(before.current.shown, shown) : [];
    before.current = { shown, order };
    const rows = body.current;
    if (rows === null || slides.length === 0) return;
    const millis = Number.parseFloat(getComputedStyle(rows).getPropertyValue("--slide"));
    if (!(millis > 0)) return;
    for (const { driverNumber, places } of slides) {
      const row = rows.querySelector<HTMLElement>(`[data-driver="${driverNumber}"]`);
      row?.animate?.(
        [{ transform: `translateY(${-places * row.offsetHeight}px)` }, { transform: "none" }],
        {
          duration: millis,
          easing: "cubic-bezier(.2,.7,.2,1)",
        },
      );
    }
  }, [body, shown, order]);
}
