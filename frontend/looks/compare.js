// Tell how much two pictures differ: node compare.js <reference.png> <picture.png> [<difference.png>] prints a share.
import { readFileSync, writeFileSync } from "node:fs";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

/** How far apart two colours may be: edges of letters are never quite the same. */
const THRESHOLD = 0.15;

const [reference, picture, difference] = process.argv.slice(2);
const [one, other] = [reference, picture].map((path) => PNG.sync.read(readFileSync(path)));
if (one.width !== other.width || one.height !== other.height) {
  process.stdout.write("1");
} else {
  const { width, height } = one;
  const shown = new PNG({ width, height });
  const options = { threshold: THRESHOLD };
  const count = pixelmatch(one.data, other.data, shown.data, width, height, options);
  if (difference !== undefined) writeFileSync(difference, PNG.sync.write(shown));
  process.stdout.write(String(count / (width * height)));
}
