/** A call or a setting that a drawing made. */
export type Mark = [name: string, ...values: unknown[]];

/** A context for tests: writes down what is drawn on it. */
export function recordingContext(): { context: CanvasRenderingContext2D; marks: Mark[] } {
  const marks: Mark[] = [];
  const context = new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === "measureText") return (text: string) => ({ width: text.length * 7 });
        return (...values: unknown[]) => void marks.push([String(name), ...values]);
      },
      set: (_, name, value) => {
        marks.push([`${String(name)} =`, value]);
        return true;
      },
    },
  );
  return { context: context as CanvasRenderingContext2D, marks };
}
