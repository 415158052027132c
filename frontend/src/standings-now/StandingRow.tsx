import { useTranslation } from "react-i18next";
import { useRace } from "../live/useRace";
import { useIsFavourite } from "../settings/favourites";
import { codeOf } from "../ui/order";
import { TeamBar } from "../ui/TeamBar";
import styles from "./Standings.module.css";
import type { Standing } from "./standings";

/** A driver or a team in the championship. */
export function StandingRow({ row, isTeam }: { row: Standing; isTeam: boolean }) {
  const { t, i18n } = useTranslation("standings");
  const { position, moved, gained, points } = row;
  const number = isTeam ? -1 : Number(row.key);
  const favourite = useIsFavourite(number);
  const code = useRace((state) => codeOf(state, number));
  const driver = useRace(({ drivers }) => drivers[number]);
  const colour = useRace(({ drivers }) =>
    isTeam
      ? Object.values(drivers).find(({ teamName }) => teamName === row.key)?.teamColour
      : drivers[number]?.teamColour,
  );
  const format = (value: number): string => value.toLocaleString(i18n.language);
  return (
    <tr data-favourite={favourite}>
      <td>{position}</td>
      <td title={movedTitle(moved, t("notTold"))}>{movedText(moved)}</td>
      <th scope="row">
        <span className={styles.who}>
          <TeamBar colour={colour} />
          <b>{isTeam ? row.key : code}</b>
          {!isTeam && <span>{driver?.lastName}</span>}
        </span>
      </th>
      <td>{gained === undefined ? "–" : gained > 0 ? `+${format(gained)}` : ""}</td>
      <td>{format(points)}</td>
    </tr>
  );
}

function movedText(moved: number | undefined): string {
  if (moved === undefined) return "–";
  return moved === 0 ? "=" : `${moved > 0 ? "▲" : "▼"}${Math.abs(moved)}`;
}

const movedTitle = (moved: number | undefined, reason: string): string | undefined =>
  moved === undefined ? reason : undefined;
