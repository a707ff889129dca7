import type { Server } from "node:http";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkDist, dist, serveFiles } from "../server";

const here = dirname(fileURLToPath(import.meta.url));

/** The page, its script and the package's files, by the path in the address. */
function fileAt(path: string): string {
  const folder = path.startsWith("/dist/") ? dist : here;
  return join(folder, path === "/" ? "index.html" : basename(path));
}

/** @param port 0 for any that is free */
export async function servePage(port: number): Promise<{ readonly url: string; readonly server: Server }> {
  checkDist();
  return serveFiles(fileAt, port);
}
