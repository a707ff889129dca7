import { once } from "node:events";
import { createReadStream, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../../dist");

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
};

/** What makes a page cross-origin isolated: only then may a page share memory between threads. */
const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** The page, its script and the package's files, by the path in the address; undefined for anything else. */
function fileAt(path: string): string | undefined {
  const folder = path.startsWith("/dist/") ? dist : here;
  const file = join(folder, path === "/" ? "index.html" : basename(path));
  return extname(file) in contentTypes && statSync(file, { throwIfNoEntry: false }) ? file : undefined;
}

/** @param port 0 for any that is free */
export async function servePage(port: number): Promise<{ readonly url: string; readonly server: Server }> {
  if (!statSync(dist, { throwIfNoEntry: false })) throw new Error("There is no dist yet. Run: npm run build");
  const server = createServer((request, response) => {
    const file = fileAt(new URL(request.url ?? "/", "http://localhost").pathname);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { ...isolation, "content-type": contentTypes[extname(file)] });
    createReadStream(file).pipe(response);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, server };
}
