/** The one before or after in an order; the first where nothing is chosen yet. The ends hold. */
export function neighbour(
  order: readonly number[],
  current: number | undefined,
  step: 1 | -1,
): number | undefined {
  const at = current === undefined ? -1 : order.indexOf(current);
  if (at < 0) return order[0];
  return order[Math.min(Math.max(at + step, 0), order.length - 1)];
}
