// Watches a race and prints the first three: node example.ts http://localhost:8000 (Node 23.6 or newer runs TypeScript as it is).
import { watch } from "@racetime/client";

const [, , url = "http://localhost:8000"] = process.argv;
for await (const race of watch(url)) {
  const names = race.order().map((number) => race.state.drivers[number]?.nameAcronym);
  console.log(race.sequence, ...names.slice(0, 3));
}
