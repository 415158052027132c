import styles from "./Chart.module.css";

/** The colour of a line, broken where the line is. */
export function Swatch({ colour, dashed }: { colour: string; dashed: boolean }) {
  const background = dashed
    ? `linear-gradient(${colour} 0 40%, transparent 40% 60%, ${colour} 60%)`
    : colour;
  return <i className={styles.swatch} style={{ background }} aria-hidden="true" />;
}
