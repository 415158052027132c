// Watches as the page does, so many times: `page.mjs URL COUNT`. Each news is a line; a line that comes in asks for all that is held.
import { createInterface } from "node:readline";
import { toBinary } from "../../frontend/node_modules/@bufbuild/protobuf/dist/esm/index.js";
import { Lane, Race, RaceStateSchema, watch } from "../../proto/typescript/src/index.ts";

const [, , url = "", count = "1"] = process.argv;
const lanes = [Lane.TIMING, Lane.MOTION, Lane.HISTORY, Lane.TELEMETRY];
const races = Array.from({ length: Number(count) }, () => new Race());

async function view(number: number): Promise<void> {
  for await (const race of watch(url, { lanes })) {
    races[number] = race;
    console.log("news", number, race.logRevision, race.sequence);
  }
}

createInterface(process.stdin).on("line", () => {
  for (const [number, { logRevision, sequence, state }] of races.entries()) {
    const bytes = Buffer.from(toBinary(RaceStateSchema, state)).toString("base64");
    console.log("held", number, logRevision, sequence, bytes);
  }
});
await Promise.all(races.map((_, number) => view(number)));
