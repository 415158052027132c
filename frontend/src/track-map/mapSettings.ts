import * as v from "valibot";
import { keptStore } from "../settings/keptStore";

export const VIEWS = ["track", "line", "circle"] as const;
/** The circuit, or gaps as distance: along a line, or around one lap. */
export type MapView = (typeof VIEWS)[number];

/** How this device shows the map. */
export const mapSettings = keptStore(
  "map",
  v.object({ view: v.picklist(VIEWS), ghost: v.boolean() }),
  {
    view: "track",
    ghost: true,
  },
);
