import { useTranslation } from "react-i18next";
import { tell } from "../app/notice";
import { PANELS } from "../panels/panels";
import { usePageStore } from "../ui/page";
import styles from "./Board.module.css";
import { boardToHash } from "./boardLink";
import { addTile, firstBoard } from "./boards";
import { addBoard, boardOf, changeBoard, layouts, removeBoard, useLayout } from "./layoutStore";
import { isPanel } from "./presets";

/** What is done to a board as a whole. */
export function BoardBar() {
  const { t } = useTranslation("layout");
  const page = usePageStore();
  const { boards } = useLayout((chosen) => chosen);
  const board = useLayout(boardOf);
  const rename = (name: string): void => {
    if (name.trim() !== "") changeBoard((held) => ({ ...held, name: name.slice(0, 40) }));
  };
  return (
    <div className={styles.bar} role="toolbar" aria-label={t("board.edit")}>
      <BoardSelect />
      <label>
        {t("board.name")}
        <input
          key={`${boards.length} ${board.name}`}
          defaultValue={board.name}
          maxLength={40}
          onBlur={(event) => rename(event.target.value)}
        />
      </label>
      <AddPanel />
      <button type="button" onClick={() => addBoard(firstBoard(freeName(boards)))}>
        {t("board.new")}
      </button>
      <button
        type="button"
        onClick={() => changeBoard((held) => ({ ...firstBoard(), name: held.name }))}
      >
        {t("board.reset")}
      </button>
      {boards.length > 0 && (
        <button type="button" onClick={removeBoard}>
          {t("board.delete")}
        </button>
      )}
      <Share />
      <button
        type="button"
        className={styles.done}
        onClick={() => page.setState({ editing: false })}
      >
        {t("board.done")}
      </button>
    </div>
  );
}

function BoardSelect() {
  const { t } = useTranslation("layout");
  const { boards, board } = useLayout((chosen) => chosen);
  if (boards.length < 2) return null;
  return (
    <label>
      {t("presets.board")}
      <select
        value={board}
        onChange={(event) => layouts.setState({ board: Number(event.target.value) })}
      >
        {boards.map(({ name }, index) => (
          <option key={index} value={index}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function AddPanel() {
  const { t } = useTranslation("layout");
  const { tiles } = useLayout(boardOf);
  const absent = Object.keys(PANELS)
    .filter(isPanel)
    .filter((name) => tiles.every(({ panel }) => panel !== name));
  return (
    <label>
      {t("board.add")}
      <select
        value=""
        disabled={absent.length === 0}
        onChange={(event) => {
          const panel = event.target.value;
          changeBoard((board) => ({ ...board, tiles: addTile(board.tiles, panel) }));
        }}
      >
        <option value="">–</option>
        {absent.map((name) => (
          <option key={name} value={name}>
            {t(`panels.${name}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Share() {
  const { t } = useTranslation("layout");
  const board = useLayout(boardOf);
  const link = `${location.origin}/${boardToHash(board)}`;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(link);
      tell({ text: t("board.copied") });
    } catch {
      tell({ text: link }); // no leave to write there: the viewer copies it
    }
  };
  return (
    <button type="button" onClick={copy}>
      {t("board.share")}
    </button>
  );
}

function freeName(boards: readonly { name: string }[]): string {
  for (let count = boards.length + 1; ; count += 1)
    if (boards.every(({ name }) => name !== String(count))) return String(count);
}
