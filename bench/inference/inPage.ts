import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "tsup";
import { chromium, findProgram, runPage } from "../../tests/browser/browser";
import type { Effort, Result } from "./results";
import { type Row, valuesOf } from "./rows";

const folder = "build/bench/inference";
const peers = "bench/peers/node_modules";

/** All libraries in one page of Chromium, in turns; undefined where there is no Chromium. */
export async function measureInPage(
  rows: readonly Row[],
  effort: Effort,
  rounds: number,
): Promise<Result[][] | undefined> {
  const program = findProgram(chromium);
  if (!program) return undefined;
  const files = await bundlePage();
  // A page for each row: a library's garbage of one row is not collected in the time of the next.
  const found: Result[][] = [];
  for (const row of rows) {
    const { weights, x } = valuesOf(row);
    const task = { rows: [{ ...row, weights: Array.from(weights), x: Array.from(x) }], effort, rounds };
    writeFileSync(`${folder}/task.json`, JSON.stringify(task));
    // An isolated page has a clock of 5 µs, others one of 100.
    const page = { files, isIsolated: true, deadlineMilliseconds: 300_000 };
    const report = (await runPage(chromium, program, page)) as { found: Result[][] } | { error: string };
    if ("error" in report) throw new Error(`Chromium: ${report.error}`);
    found.push(...report.found);
  }
  return found;
}

async function bundlePage(): Promise<ReadonlyMap<string, string>> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    `${folder}/index.html`,
    '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>',
  );
  await build({
    config: false,
    entry: { page: "bench/peers/predict/page.mjs" },
    outDir: folder,
    format: "esm",
    platform: "browser",
    target: "es2022",
    noExternal: [/./],
    splitting: false,
    silent: true,
    removeNodeProtocol: false,
    outExtension: () => ({ js: ".js" }),
    esbuildPlugins: [
      {
        // What only Node can do is imported late, or not used here at all.
        name: "node",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false })),
      },
      {
        // brain.js has a file for browsers that does not ask for a graphics card's library.
        name: "brain",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^brain\.js$/ }, () => ({ path: `${process.cwd()}/${peers}/brain.js/browser.js` })),
      },
    ],
  });
  const served = (from: string, at: string) =>
    readdirSync(from)
      .filter((name) => /\.(wasm|mjs)$/.test(name))
      .map((name): [string, string] => [`${at}${name}`, `${from}/${name}`]);
  return new Map([
    ["/", `${folder}/index.html`],
    ["/page.js", `${folder}/page.js`],
    ["/task.json", `${folder}/task.json`],
    ...served(`${peers}/@tensorflow/tfjs-backend-wasm/dist`, "/tfjs/"),
    ...served(`${peers}/onnxruntime-web/dist`, "/ort/"),
  ]);
}
