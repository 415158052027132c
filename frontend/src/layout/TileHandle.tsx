import { useTranslation } from "react-i18next";
import styles from "./Board.module.css";
import { nudge, type Tile } from "./boards";
import { changeBoard } from "./layoutStore";
import { isPanel } from "./presets";

type Step = "left" | "right" | "up" | "down" | "narrower" | "wider" | "lower" | "higher";

const STEPS: Record<Step, { change: Partial<Tile>; path: string }> = {
  left: { change: { x: -1 }, path: "M12 8H4M7 5L4 8l3 3" },
  right: { change: { x: 1 }, path: "M4 8h8M9 5l3 3-3 3" },
  up: { change: { y: -1 }, path: "M8 12V4M5 7l3-3 3 3" },
  down: { change: { y: 1 }, path: "M8 4v8M5 9l3 3 3-3" },
  narrower: { change: { w: -1 }, path: "M2 8h4M4 6l2 2-2 2M14 8h-4M12 6l-2 2 2 2" },
  wider: { change: { w: 1 }, path: "M6 8H2M4 6L2 8l2 2M10 8h4M12 6l2 2-2 2" },
  lower: { change: { h: -1 }, path: "M8 2v4M6 4l2 2 2-2M8 14v-4M6 12l2-2 2 2" },
  higher: { change: { h: 1 }, path: "M8 6V2M6 4l2-2 2 2M8 10v4M6 12l2 2 2-2" },
};

/** Title of a panel on the board that is being changed: drag it, or use its buttons. */
export function TileHandle({ panel }: { panel: string }) {
  const { t } = useTranslation("layout");
  const title = isPanel(panel) ? t(`panels.${panel}`) : panel;
  return (
    <div className={styles.handle} role="toolbar" aria-label={title}>
      <b>{title}</b>
      {(Object.keys(STEPS) as Step[]).map((step) => (
        <HandleButton
          key={step}
          name={t(`board.step.${step}`)}
          path={STEPS[step].path}
          onPress={() => move(panel, STEPS[step].change)}
        />
      ))}
      <HandleButton
        name={t("board.remove", { panel: title })}
        path="M4 4l8 8M12 4l-8 8"
        onPress={() => remove(panel)}
      />
    </div>
  );
}

function HandleButton({
  name,
  path,
  onPress,
}: {
  name: string;
  path: string;
  onPress: () => void;
}) {
  return (
    <button type="button" aria-label={name} title={name} onClick={onPress}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={path} />
      </svg>
    </button>
  );
}

function move(panel: string, change: Partial<Tile>): void {
  changeBoard((board) => ({ ...board, tiles: nudge(board.tiles, panel, change) }));
}

function remove(panel: string): void {
  changeBoard((board) => ({
    ...board,
    tiles: board.tiles.filter((tile) => tile.panel !== panel),
  }));
}
