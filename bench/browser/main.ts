// npm run bench:browser [filter] [-- --quick] [-- --rounds 9] [-- --serve]
// The figures of whole models (or of what the filter names) in Node, headless Chromium and headless Firefox, from the
// same code. With --serve the page waits for a browser of yours instead.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { type Browser, chromium, findProgram, firefox, runPage } from "../../tests/browser/browser";
import { collectExamples } from "../../tests/ops/harness";
import { allCandidates } from "../candidates";
import { type Bar, barChart } from "../chart";
import { compilePeak } from "../compileLoop";
import { isChosen, type Line, measureItem } from "../item";
import { describeMachine, showMachine } from "../machine";
import { peakContender } from "../peak";
import { writeResults } from "../report";
import { showNumber, showRate, table } from "../table";
import { bundlePage } from "./bundle";
import type { Report } from "./page";
import { singleThreaded } from "../variants";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, rounds: { type: "string" }, serve: { type: "boolean" } },
});
const [filter = "mlp"] = positionals;
// Clocks of browsers are coarse, a millisecond in Firefox: turns are long.
const effort = {
  rounds: Number(options.rounds ?? (options.quick ? 3 : 7)),
  turnMilliseconds: options.quick ? 100 : 400,
  warmUpMilliseconds: options.quick ? 300 : 1500,
};

async function measureInNode(): Promise<Line[]> {
  const one = await peakContender(await compilePeak());
  const chosen = allCandidates(await collectExamples(), singleThreaded).filter((candidate) =>
    isChosen(candidate, filter),
  );
  const lines: Line[] = [];
  for (const candidate of chosen) lines.push(...(await measureItem(candidate, { one }, effort)));
  return lines;
}

async function measureIn(browser: Browser, program: string, files: ReadonlyMap<string, string>): Promise<Line[]> {
  const report = (await runPage(browser, program, { files, deadlineMilliseconds: 600_000 })) as Report;
  if ("error" in report) throw new Error(`${browser.name}: ${report.error}`);
  return [...report.lines];
}

/** Serves the page until the process is ended. */
function serve(files: ReadonlyMap<string, string>): void {
  const server = createServer(({ url = "/" }, response) => {
    const path = url.split("?")[0];
    const file = files.get(path);
    const type = path.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8";
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": type }).end(readFileSync(file));
  });
  server.listen(8080, "127.0.0.1", () => console.log("Open http://127.0.0.1:8080/"));
}

async function compareBrowsers(): Promise<void> {
  const machine = describeMachine();
  const files = await bundlePage({ filter, effort, reports: true });
  const places = new Map([[`Node ${process.version}`, await measureInNode()]]);
  for (const browser of [chromium, firefox]) {
    const program = findProgram(browser);
    if (program) places.set(browser.name, await measureIn(browser, program, files));
    else console.error(`${browser.name} is not on this machine.`);
  }
  const [inNode] = places.values();
  const find = (lines: readonly Line[], { item, variant }: Line) =>
    lines.find((line) => line.item === item && line.variant === variant)!;
  const rows = inNode.flatMap((reference) =>
    [...places].map(([place, lines]) => {
      const { rate, unit } = find(lines, reference);
      const toNode = showNumber(rate / reference.rate);
      return [reference.item, reference.variant, place, showRate(rate, unit), toNode];
    }),
  );
  const text = table(["what", "variant", "where", "rate", "× Node"], rows);
  console.log(`${showMachine(machine)}\n\n${text}`);
  if (options.quick || filter !== "mlp") return;

  const title = "The same training in Node and in browsers";
  const panels = inNode
    .filter(({ variant }) => variant !== "js")
    .map((reference) => ({
      title: `${reference.item}, ${reference.variant}`,
      unit: reference.unit,
      bars: [...places].map(([place, lines]): Bar => {
        const { rate, unit } = find(lines, reference);
        return { label: place, value: rate, text: showRate(rate, unit), isMain: lines !== inNode };
      }),
    }));
  const markdown = `# ${title}\n\nMade by \`npm run bench:browser -- --rounds ${effort.rounds}\` on ${showMachine(machine)}.\n\n${text}\n`;
  writeResults("browsers", markdown, barChart(title, showMachine(machine), panels));
}

if (options.serve) serve(await bundlePage({ filter, effort, reports: false }));
else await compareBrowsers();
