import { createClient, type Transport } from "@connectrpc/connect";
import { RoomService } from "../gen/racetime/v1/room_service_pb";
import type { RoomCalls } from "./room";

const TIMEOUT_MILLIS = 10_000;

/** Call the rooms of a gateway. */
export function roomCalls(transport: Transport): RoomCalls {
  const client = createClient(RoomService, transport);
  return {
    async create(playhead, sharedControl) {
      const made = await client.createRoom(
        { playhead, sharedControl },
        { timeoutMs: TIMEOUT_MILLIS },
      );
      if (made.room === undefined) throw new Error("the server made no room");
      keepKey(made.room.code, made.key);
      return { room: made.room, key: made.key };
    },
    async set(code, key, playhead) {
      await client.setPlayhead({ code, key, playhead }, { timeoutMs: TIMEOUT_MILLIS });
    },
    watch: (code, signal) => client.watchRoom({ code }, { signal }),
  };
}

const nameOf = (code: string): string => `racetime.room.${code}`;

/** The maker of a room stays that after a reload of the page. */
function keepKey(code: string, key: string): void {
  try {
    sessionStorage.setItem(nameOf(code), key);
  } catch {
    // Storage may be refused; then a reload makes a guest of the maker.
  }
}

export function keptKey(code: string): string {
  try {
    return sessionStorage.getItem(nameOf(code)) ?? "";
  } catch {
    return "";
  }
}
