import { useTranslation } from "react-i18next";
import { TyreCompound } from "../gen/racetime/v1/car_pb";
import styles from "./Tyre.module.css";
import { compoundLetter, compoundName } from "./tyres";

/** Ring and letter of a compound: intermediates dashed, wets dotted, so that colour is never alone. */
export function Tyre({ compound, small = false }: { compound: TyreCompound; small?: boolean }) {
  const { t } = useTranslation("common");
  const letter = compoundLetter(compound);
  return (
    <svg
      className={small ? styles.small : styles.tyre}
      viewBox="0 0 24 24"
      role="img"
      aria-label={t(`tyres.${compoundName(compound)}`)}
      data-compound={letter}
    >
      <circle
        cx="12"
        cy="12"
        r="9.6"
        fill="none"
        stroke={letter === "?" ? "var(--t3)" : `var(--ty-${letter})`}
        strokeWidth={small ? 2.4 : 3.2}
        strokeDasharray={dashes(compound)}
      />
      <text x="12" y="16.6" textAnchor="middle">
        {letter}
      </text>
    </svg>
  );
}

function dashes(compound: TyreCompound): string | undefined {
  if (compound === TyreCompound.INTERMEDIATE) return "7.54 2.51";
  if (compound === TyreCompound.WET || compound === TyreCompound.UNSPECIFIED) return "2.2 2.82";
  return undefined;
}
