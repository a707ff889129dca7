import { execFile } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import type { Server } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { folderOf } from "../packages";
import { checkDist, dist, serveFiles } from "../server";

const here = dirname(fileURLToPath(import.meta.url));
const build = join(here, "../../build");

/** What the first model learns. */
export const TABLE = { module: "@observablehq/sample-datasets/penguins.csv", target: "species" } as const;

/** Trains a model of a table as `npx wasmgrad train` does. @returns the path of its file */
export async function trainModel(table: string, target: string, out: string): Promise<string> {
  const parameters = ["train", table, "--target", target, "--seed", "1", "--out", out, "--report", "", "--quiet"];
  await promisify(execFile)(process.execPath, [join(dist, "cli.mjs"), ...parameters]);
  return out;
}

/** Trains the model and bundles the script of the page, as any bundler does. */
export async function buildPage(folder = join(build, "table-page")): Promise<Map<string, string>> {
  checkDist();
  const bundle = await rolldown({
    input: { main: join(here, "page/main.ts") },
    resolve: { alias: { "wasmgrad/inference": join(dist, "inference.js") } },
    external: [/^node:/],
    platform: "browser",
    logLevel: "silent",
  });
  await bundle.write({ dir: folder, format: "esm", minify: true, cleanDir: true });
  await bundle.close();
  const models = join(build, "table-page-models");
  mkdirSync(models, { recursive: true });
  const table = folderOf(TABLE.module);
  const model = await trainModel(table, TABLE.target, join(models, "penguins.safetensors"));
  return new Map([
    ["/", join(here, "page/index.html")],
    ["/page.css", join(here, "page/page.css")],
    ["/tokens.css", join(here, "../tokens.css")],
    ["/model.safetensors", model],
    ["/penguins.csv", table],
    ...readdirSync(folder).map((name): [string, string] => [`/${name}`, join(folder, name)]),
  ]);
}

/** @param port 0 for any that is free */
export async function servePage(port: number): Promise<{ readonly url: string; readonly server: Server }> {
  const files = await buildPage();
  return serveFiles((path) => files.get(path), port);
}
