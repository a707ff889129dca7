// npm run bench [name or filter] [-- options]: benches of their own by their names, everything else in main.ts.
import { execFileSync } from "node:child_process";

const own: Readonly<Record<string, () => Promise<unknown>>> = {
  async inference() {
    // Predictions are those of the built package.
    execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
    return import("./inference/main");
  },
  scaling: () => import("./scaling"),
  start: () => import("./firstEpoch"),
};

const name = process.argv[2] ?? "";
if (Object.hasOwn(own, name)) {
  process.argv.splice(2, 1);
  await own[name]();
} else {
  await import("./main");
}
