import "react-grid-layout/css/styles.css";
import { useRef } from "react";
import GridLayout, { type Layout, noCompactor, useContainerWidth } from "react-grid-layout";
import styles from "./Board.module.css";
import { BoardBar } from "./BoardBar";
import { Unknown } from "./BoardView";
import { COLUMNS, ROWS, type Tile } from "./boards";
import { boardOf, changeBoard, useLayout } from "./layoutStore";
import { PanelFrame } from "./PanelFrame";
import { isPanel } from "./presets";
import { TileHandle } from "./TileHandle";

const GAP_PX = 8;

/** The board while its panels are moved and sized, by pointer or by the buttons of each. */
export function BoardEditor() {
  const { tiles } = useLayout(boardOf);
  const { width, containerRef, mounted } = useContainerWidth();
  const canvas = useRef<HTMLDivElement>(null);
  const height = canvas.current?.clientHeight ?? innerHeight * 0.7;
  const rowHeight = Math.max(12, (height - GAP_PX) / ROWS - GAP_PX);
  return (
    <main className={styles.editor} id="main" tabIndex={-1} data-testid="board-editor">
      <BoardBar />
      <div className={styles.canvas} ref={canvas}>
        <div ref={containerRef}>
          {mounted && (
            <GridLayout
              width={width}
              layout={tiles.map(toItem)}
              gridConfig={{
                cols: COLUMNS,
                rowHeight,
                margin: [GAP_PX, GAP_PX],
                containerPadding: [GAP_PX, 0],
              }}
              dragConfig={{ enabled: true, handle: `.${styles.handle}`, cancel: "button" }}
              resizeConfig={{ enabled: true, handles: ["se"] }}
              compactor={noCompactor}
              onDragStop={keep}
              onResizeStop={keep}
            >
              {tiles.map(({ panel }) => (
                <div key={panel} className={styles.edited} data-area={panel}>
                  <TileHandle panel={panel} />
                  <div className={styles.still} inert>
                    {isPanel(panel) ? <PanelFrame name={panel} /> : <Unknown />}
                  </div>
                </div>
              ))}
            </GridLayout>
          )}
        </div>
      </div>
    </main>
  );
}

function toItem({ panel, x, y, w, h }: Tile): Layout[number] {
  return { i: panel, x, y, w, h, minW: 2, minH: 2 };
}

function keep(layout: Layout): void {
  const tiles = layout.map(({ i, x, y, w, h }) => ({ panel: i, x, y, w, h }));
  changeBoard((board) => ({ ...board, tiles }));
}
