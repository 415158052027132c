import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { RaceService } from "../gen/racetime/v1/race_service_pb";
import { Lane } from "../gen/racetime/v1/update_record_pb";
import type { Weather } from "../gen/racetime/v1/weather_pb";

/** An instant of a session. */
export interface Instant {
  sessionKey: number;
  epochMillis: number;
}

export type WeatherAt = (instant: Instant, signal: AbortSignal) => Promise<Weather | undefined>;

/** Fetch the newest reading as of an instant. */
export function weatherAtFrom(transport: Transport): WeatherAt {
  const client = createClient(RaceService, transport);
  return async ({ sessionKey, epochMillis }, signal) => {
    const raceTime = timestampFromMs(epochMillis);
    const request = { sessionKey, raceTime, lanes: [Lane.TIMING] };
    const { state } = await client.getSnapshot(request, { signal, timeoutMs: 10_000 });
    return state?.weather;
  };
}
