import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useRace } from "../live/useRace";
import { type FlagLook, type FlagShape, flagLook } from "./flag";
import styles from "./Header.module.css";

/** The ruling flag as one value, which is equal when the look is. */
export function useFlag(): FlagLook {
  const { t } = useTranslation("header");
  const key = useRace((state) => JSON.stringify(flagLook(t, state)));
  return useMemo(() => (key === undefined ? WAITING : (JSON.parse(key) as FlagLook)), [key]);
}

const WAITING: FlagLook = { word: "RACETIME", detail: "", shape: "none", colour: "none" };

/** Colour, word and shape of the flag; the frame of the page takes the same colour. */
export function FlagBlock() {
  const { word, detail, shape, colour } = useFlag();
  return (
    <div className={styles.flag} data-testid="flag" data-colour={colour} role="status">
      <FlagGlyph shape={shape} />
      <div>
        <b data-long={word.length > 8}>{word}</b>
        <span>{detail}</span>
      </div>
    </div>
  );
}

const PATHS: Partial<Record<FlagShape, string>> = {
  flag: "M1 2h4v37H1zM7 3h25l-6 9l6 9H7z",
  flags: "M1 2h4v37H1zM7 2h25l-5 7l5 7H7zM7 19h25l-5 7l5 7H7z",
  car: "M2 26l4-2 5-8h12l5 8 4 2v6H2zM12 8h10v5H12z",
  square: "M4 7h26v26H4z",
  chequer:
    "M2 8h7.5v8H2zM17 8h7.5v8H17zM9.5 16H17v8H9.5zM24.5 16H32v8h-7.5zM2 24h7.5v8H2zM17 24h7.5v8H17z",
};

function FlagGlyph({ shape }: { shape: FlagShape }) {
  if (shape === "none") return null;
  return (
    <svg className={styles.glyph} viewBox="0 0 34 40" aria-hidden="true">
      {shape === "ring" ? (
        <circle cx="17" cy="20" r="13" fill="none" stroke="currentColor" strokeWidth="5" />
      ) : (
        <path d={PATHS[shape]} fill="currentColor" />
      )}
    </svg>
  );
}
