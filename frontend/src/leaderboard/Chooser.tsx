import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { leaderboardChoices } from "./choices";
import {
  COLUMNS,
  type ColumnName,
  moveColumn,
  type Preset,
  shownColumns,
  toggleColumn,
} from "./columns";

const SWITCHES = ["pinFavourites", "relativeGaps"] as const;
const ALWAYS: readonly ColumnName[] = ["position", "driver"];

/** Which columns a preset shows, and in which order. */
export function Chooser({ preset }: { preset: Preset }) {
  const { t } = useTranslation("leaderboard");
  const choices = useStore(leaderboardChoices);
  const shown = shownColumns(preset, choices[preset]);
  const hidden = (Object.keys(COLUMNS) as ColumnName[]).filter((name) => !shown.includes(name));
  const choose = (names: ColumnName[]) => leaderboardChoices.setState({ [preset]: names });
  return (
    <>
      {SWITCHES.map((name) => (
        <p key={name}>
          <label>
            <input
              type="checkbox"
              checked={choices[name]}
              onChange={() => leaderboardChoices.setState({ [name]: !choices[name] })}
            />
            {t(name)}
          </label>
        </p>
      ))}
      <hr />
      <ul>
        {[...shown, ...hidden].map((name, index) => (
          <li key={name}>
            <label>
              <input
                type="checkbox"
                checked={shown.includes(name)}
                disabled={ALWAYS.includes(name)}
                onChange={() => choose(toggleColumn(shown, name))}
              />
              {t(`columns.${name}`)}
            </label>
            {index > 0 && index < shown.length && (
              <button
                type="button"
                aria-label={t("earlier", { column: t(`columns.${name}`) })}
                onClick={() => choose(moveColumn(shown, name))}
              >
                ↑
              </button>
            )}
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => choose([])}>
        {t("reset")}
      </button>
    </>
  );
}
