import { type RefObject, useLayoutEffect, useRef } from "react";
import { planSlides } from "./planSlides";

/** Slide the rows whose place changed from where they were. */
export function useRowSlides(body: RefObject<HTMLElement | null>, order: readonly number[]): void {
  const before = useRef(order);
  useLayoutEffect(() => {
    const slides = planSlides(before.current, order);
    before.current = order;
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
  }, [body, order]);
}
