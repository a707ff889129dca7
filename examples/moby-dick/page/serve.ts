import { readdirSync } from "node:fs";
import type { Server } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { folderOf } from "../../packages";
import { checkDist, dist, serveFiles } from "../../server";
import { CORPUS } from "../mobyDick";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Bundles the scripts of the page and of its worker, as any bundler does, with the package as it is published.
 *
 * @param folder where the scripts are written
 * @returns files on this machine by the path in the address
 */
export async function buildPage(folder = join(here, "../../../build/moby-dick-page")): Promise<Map<string, string>> {
  checkDist();
  const bundle = await rolldown({
    input: { main: join(here, "main.ts"), worker: join(here, "worker.ts") },
    resolve: { alias: { wasmgrad: join(dist, "index.js") } },
    external: [/^node:/],
    platform: "browser",
    logLevel: "silent",
  });
  await bundle.write({ dir: folder, format: "esm", minify: true, cleanDir: true });
  await bundle.close();
  return new Map([
    ["/", join(here, "index.html")],
    ["/page.css", join(here, "page.css")],
    ["/tokens.css", join(here, "../../tokens.css")],
    ["/moby-dick.txt", join(folderOf(CORPUS.packageName), CORPUS.path)],
    ...readdirSync(folder).map((name): [string, string] => [`/${name}`, join(folder, name)]),
  ]);
}

/**
 * @param port 0 for any that is free
 * @param headers of all files; by default those that let threads share memory
 */
export async function servePage(
  port: number,
  headers?: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; readonly server: Server }> {
  const files = await buildPage();
  return serveFiles((path) => files.get(path), port, headers);
}
