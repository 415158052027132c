const NAMES: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Shift: "⇧",
  Space: "␣",
  Escape: "Esc",
};

/** How keys are told: "Shift+ArrowLeft" -> "⇧ ←", "[Shift]+?" -> "?", "g s" -> "g, s". */
export function keyNames(keys: string): string {
  return keys
    .split(" ")
    .map((press) =>
      press
        .replace(/\[[A-Za-z]+\]\+/g, "")
        .split(/\+(?=.)/)
        .map((key) => NAMES[key] ?? key)
        .join(" "),
    )
    .join(", ");
}
