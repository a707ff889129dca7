// npm run bench inference [filter] [-- --quick] [-- --rounds 9] [-- --node]
// Predictions of four networks in batches of 1, 8 and 64, from an array to an array, on one thread: by wasmgrad and
// wasmgrad/inference, with and without a promise, and by other libraries; in Node, a process a library, and in a page of
// Chromium. They take turns. Before that it is checked that all have the same outputs.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { barChart } from "../chart";
import { describeMachine, showMachine } from "../machine";
import { writeResults } from "../report";
import { table } from "../table";
import { measureInNode } from "./inNode";
import { measureInPage } from "./inPage";
import { checkOutputs, losses, panelOf, type Result, tableHead, tableRows } from "./results";
import { rows } from "./rows";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, rounds: { type: "string" }, node: { type: "boolean" } },
});
const [filter = ""] = positionals;
const rounds = Number(options.rounds ?? (options.quick ? 3 : 9));
const effort = options.quick
  ? { turnMilliseconds: 50, warmUpMilliseconds: 300 }
  : { turnMilliseconds: 200, warmUpMilliseconds: 1000 };
const chosen = rows.filter(({ name, batch }) => `${name}, batch ${batch}`.includes(filter));
if (chosen.length === 0) throw new RangeError(`nothing is named like "${filter}"`);

const peers = new URL("../peers/", import.meta.url);
if (!existsSync(new URL("node_modules/onnxruntime-web", peers))) {
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: peers, stdio: "inherit" });
}
const { dependencies } = JSON.parse(readFileSync(new URL("package.json", peers), "utf8"));
const versions = ["@tensorflow/tfjs", "onnxruntime-web", "brain.js"].map((name) => `${name} ${dependencies[name]}`);

const machine = showMachine(describeMachine());
console.error(machine);
const places: [string, readonly Result[][]][] = [];
places.push([`Node ${process.version}`, await measureInNode(chosen, { ...effort, clockMilliseconds: 0 }, rounds)]);
const inPage = options.node ? undefined : await measureInPage(chosen, { ...effort, clockMilliseconds: 0.1 }, rounds);
if (inPage) places.push(["A page of Chromium", inPage]);
else console.error("No page is measured.");

const sections = places.map(([place, found]) => {
  for (const [i, results] of found.entries()) checkOutputs(chosen[i], results);
  const text = table(
    tableHead,
    found.flatMap((results, i) => tableRows(chosen[i], results)),
  );
  const lost = found.flatMap((results, i) => losses(chosen[i], results));
  const summary = lost.length
    ? `Another library is faster:\n\n- ${lost.join("\n- ")}`
    : "No other library is faster in any row.";
  return `## ${place}\n\n${text}\n\n${summary}\n`;
});
console.log(sections.join("\n"));
if (!filter && !options.quick && inPage) {
  const title = "Predictions from an array to an array, one thread";
  const notes =
    "÷ predict and ÷ predictSync: how many times as long a call takes as one of wasmgrad's. p50 and p99 are of single calls; " +
    "where the clock of a page is too coarse for that, of the mean of calls that were timed together. brain.js takes " +
    "one sample at a time. The page's engine is another than Node's.";
  const markdown = `# ${title}\n\nMade by \`npm run bench inference -- --rounds ${rounds}\` on ${machine}.\n${versions.join(", ")}.\n\n${sections.join("\n")}\n${notes}\n`;
  const [, inNode] = places[0];
  writeResults(
    "inference",
    markdown,
    barChart(
      `${title}: Node`,
      machine,
      inNode.map((results, i) => panelOf(chosen[i], results)),
    ),
  );
}
