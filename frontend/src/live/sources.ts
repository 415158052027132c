import { NewestRowsSchema, type SourceFreshness } from "../gen/racetime/v1/freshness_pb";
import type { RaceState } from "../gen/racetime/v1/race_state_pb";

export type Sources = Readonly<Record<string, SourceFreshness>>;

const FIELDS = NewestRowsSchema.fields.map(({ name, localName }) => ({
  endpoint: name.replace("_race_offset_millis", ""),
  localName,
}));

/**
 * How fresh each source is, each with the newest of its rows that was told: of the cars' positions the newest sample,
 * which the race's motion has, tells.
 */
export function sourcesOf(state: RaceState | undefined, sampledMillis?: number): Sources {
  const sources: Record<string, SourceFreshness> = { ...state?.sources };
  const rows = (state?.newestRows ?? {}) as Readonly<Record<string, unknown>>;
  for (const { endpoint, localName } of FIELDS) {
    const source = sources[endpoint];
    const sampled = endpoint === "location" ? sampledMillis : undefined;
    const told = [source?.newestRaceOffsetMillis, rows[localName], sampled].filter(isNumber);
    if (source === undefined || told.length === 0) continue;
    sources[endpoint] = { ...source, newestRaceOffsetMillis: Math.max(...told) };
  }
  return sources;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
