import { lazy, Suspense, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { leaderboardChoices } from "./choices";
import { COLUMNS, type Column, type ColumnName, type Preset } from "./columns";
import styles from "./Leaderboard.module.css";

const Chooser = lazy(async () => ({ default: (await import("./Chooser")).Chooser }));

interface HeadProps {
  columns: readonly ColumnName[];
  preset: Preset;
}

export function Head({ columns, preset }: HeadProps) {
  // Beside the driver it stays, whichever columns make way.
  const chooser = columns.includes("driver") ? "driver" : columns.at(-1);
  return (
    <>
      <colgroup>
        {columns.map((name) => (
          <col
            key={name}
            className={`${extraOf(name) ? styles.k_extra : ""} ${classOf(name, "k")}`}
          />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((name) => (
            <HeadCell key={name} name={name} preset={preset} chooses={name === chooser} />
          ))}
        </tr>
      </thead>
    </>
  );
}

function extraOf(name: ColumnName): boolean {
  const column: Column = COLUMNS[name];
  return column.extra ?? false;
}

const classOf = (name: ColumnName, kind: "k" | "h"): string =>
  `${styles[`${kind}_${name}`] ?? ""} ${extraOf(name) ? styles.extra : ""}`;

function HeadCell({
  name,
  preset,
  chooses,
}: {
  name: ColumnName;
  preset: Preset;
  chooses: boolean;
}) {
  const { t } = useTranslation("leaderboard");
  const head = t(`heads.${name}`);
  const relative = useStore(leaderboardChoices, ({ relativeGaps }) => relativeGaps);
  const gapTitle =
    preset !== "race" ? t("gapToBest") : t(relative ? "relativeGaps" : "columns.gap");
  const title = name === "gap" ? gapTitle : t(`columns.${name}`);
  const swaps = preset === "race" && (name === "interval" || name === "gap");
  return (
    <th
      className={`${styles[COLUMNS[name].align]} ${classOf(name, "h")}`}
      title={title}
      scope="col"
    >
      {swaps ? (
        <button type="button" className={styles.swap} title={t("swap")} onClick={swapFirst}>
          {head}
        </button>
      ) : (
        head
      )}
      {chooses && <ChooserButton preset={preset} />}
    </th>
  );
}

/** The other of interval and gap comes first, in bold; on a narrow screen only it has room. */
function swapFirst(): void {
  leaderboardChoices.setState(({ gapFirst }) => ({ gapFirst: !gapFirst }));
}

function ChooserButton({ preset }: { preset: Preset }) {
  const { t } = useTranslation("leaderboard");
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className={styles.choose}
        popoverTarget={id}
        aria-label={t("choose")}
        title={t("choose")}
      >
        ⋮
      </button>
      <div
        id={id}
        popover="auto"
        role="dialog"
        aria-label={t("choose")}
        className={styles.popover}
        onToggle={(event) => setOpen(event.newState === "open")}
      >
        <Suspense>{open && <Chooser preset={preset} />}</Suspense>
      </div>
    </>
  );
}
