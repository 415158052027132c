import { useTranslation } from "react-i18next";
import { usePageStore } from "../ui/page";
import styles from "./Board.module.css";
import { ROWS, type Tile } from "./boards";
import { boardOf, useLayout } from "./layoutStore";
import { PanelFrame } from "./PanelFrame";
import { isPanel } from "./presets";

/** The viewer's own board, as it is looked at. */
export function BoardView() {
  const { t } = useTranslation("layout");
  const page = usePageStore();
  const { tiles, name } = useLayout(boardOf);
  const rows = Math.max(ROWS, ...tiles.map(({ y, h }) => y + h));
  return (
    <main className={styles.scroll} aria-label={name} id="main" tabIndex={-1} data-testid="board">
      <div
        className={styles.board}
        style={{ gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))`, height: heightOf(rows) }}
      >
        {tiles.map((tile) => (
          <Placed key={tile.panel} tile={tile} />
        ))}
        {tiles.length === 0 && (
          <button
            type="button"
            className={styles.empty}
            onClick={() => page.setState({ editing: true })}
          >
            {t("board.empty")}
          </button>
        )}
      </div>
    </main>
  );
}

function Placed({ tile: { panel, x, y, w, h } }: { tile: Tile }) {
  return (
    <div
      className={styles.tile}
      style={{ gridArea: `${y + 1} / ${x + 1} / span ${h} / span ${w}` }}
      data-area={panel}
      tabIndex={-1}
    >
      {isPanel(panel) ? <PanelFrame name={panel} /> : <Unknown />}
    </div>
  );
}

export function Unknown() {
  const { t } = useTranslation("layout");
  return <p className={styles.unknown}>{t("board.unknownPanel")}</p>;
}

/** What goes beyond the screen is scrolled to, in rows of the same height. */
function heightOf(rows: number): string {
  return `${((rows / ROWS) * 100).toFixed(2)}%`;
}
