// npm run bench [name or filter] [-- options]: benches of their own by their names, everything else in main.ts.
import { execFileSync } from "node:child_process";

/** What is measured there is the built package. */
const build = () => execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });

const own: Readonly<Record<string, () => Promise<unknown>>> = {
  inference() {
    build();
    return import("./inference/main");
  },
  control() {
    build();
    return import("./control");
  },
  scaling: () => import("./scaling"),
  start: () => import("./firstEpoch"),
  embedding: () => import("./embedding"),
  generate: () => import("./generate"),
  bands: () => import("./bands/main"),
  reading: () => import("./tables/reading"),
};

const name = process.argv[2] ?? "";
if (Object.hasOwn(own, name)) {
  process.argv.splice(2, 1);
  await own[name]();
} else {
  await import("./main");
}
