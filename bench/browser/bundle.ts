import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "tsup";
import { compilePeak } from "../compileLoop";
import type { Settings } from "./page";

const folder = "build/bench";

/** Makes build/bench/bench.js, all that the page needs. Returns the files to serve, by the path in the address. */
export async function bundlePage(settings: Omit<Settings, "peak">): Promise<ReadonlyMap<string, string>> {
  const files = readdirSync("src/ops", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const names = files.map((_, i) => `ops${i}`);
  const peak = Buffer.from(await compilePeak()).toString("base64");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    `${folder}/entry.ts`,
    [
      ...files.map((file, i) => `import * as ${names[i]} from "../../src/ops/${file.slice(0, -3)}";`),
      'import { start } from "../../bench/browser/page";',
      `start([${names}], ${JSON.stringify({ ...settings, peak })});`,
    ].join("\n"),
  );
  await build({
    config: false,
    entry: { bench: `${folder}/entry.ts` },
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
    ],
  });
  return new Map([
    ["/", "bench/browser/index.html"],
    ["/bench.js", `${folder}/bench.js`],
  ]);
}
