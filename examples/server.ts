// Serves the pages of the examples.
import { once } from "node:events";
import { createReadStream, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package as it is published. */
export const dist = join(dirname(fileURLToPath(import.meta.url)), "../dist");

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript",
  ".txt": "text/plain; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".safetensors": "application/octet-stream",
};

/** What makes a page cross-origin isolated: only then may a page share memory between threads. */
export const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Refuses to go on without the package. */
export function checkDist(): void {
  if (!statSync(dist, { throwIfNoEntry: false })) throw new Error("There is no dist yet. Run: npm run build");
}

/**
 * Answers with files on this machine.
 *
 * @param fileAt the file of a path; undefined where there is none
 * @param port 0 for any that is free
 */
export async function serveFiles(
  fileAt: (path: string) => string | undefined,
  port: number,
  headers: Readonly<Record<string, string>> = isolation,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const file = fileAt(new URL(request.url ?? "/", "http://localhost").pathname);
    const found = file && extname(file) in contentTypes ? statSync(file, { throwIfNoEntry: false }) : undefined;
    if (!file || !found) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      ...headers,
      "content-type": contentTypes[extname(file)],
      "content-length": found.size,
    });
    createReadStream(file).pipe(response);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, server };
}
