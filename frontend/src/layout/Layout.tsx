import { lazy, Suspense } from "react";
import { useView } from "../live/useRace";
import { useMapAbsent } from "../track-map/useMapContent";
import { usePage } from "../ui/page";
import { usePhone } from "../ui/usePhone";
import { Area } from "./Area";
import { BoardView } from "./BoardView";
import styles from "./Layout.module.css";
import { useLayout } from "./layoutStore";
import { Phone } from "./Phone";
import { areasOf, type PresetName, presetFor } from "./presets";

/** Loaded when a board is to be changed. */
const BoardEditor = lazy(async () => ({ default: (await import("./BoardEditor")).BoardEditor }));

/** All between header and timeline, as the viewer wants it arranged. */
export function Layout() {
  const phone = usePhone();
  const chosen = useLayout(({ layout }) => layout);
  const editing = usePage((page) => page.editing);
  const fitting = useView(({ state }) => presetFor(chosen === "board" ? "race" : chosen, state));
  if (phone) return <Phone />;
  if (chosen !== "board") return <Preset name={fitting} />;
  return editing ? (
    <Suspense fallback={<BoardView />}>
      <BoardEditor />
    </Suspense>
  ) : (
    <BoardView />
  );
}

function Preset({ name }: { name: PresetName }) {
  const mapless = useMapAbsent();
  return (
    <main className={styles.main} data-preset={name} data-mapless={mapless} id="main" tabIndex={-1}>
      {areasOf(name).map((area) => (
        <Area key={area.name} {...area} />
      ))}
    </main>
  );
}
