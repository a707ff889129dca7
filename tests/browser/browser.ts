// Runs a page in a real browser, without a driver: the browser is started with the page's address, and the page sends
// what it has to say back to the server it came from.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, extname, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";

export interface Browser {
  readonly name: string;
  /** Names of its program, the first that is on the PATH counts. */
  readonly programs: readonly string[];
  /** Arguments for a page in a fresh profile. */
  readonly arguments: (profile: string, url: string) => readonly string[];
  /** Files of the fresh profile. */
  readonly profile?: Readonly<Record<string, string>>;
}

export const chromium: Browser = {
  name: "Chromium",
  programs: ["chromium", "chromium-browser", "google-chrome", "chrome"],
  arguments: (profile, url) => [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    `--user-data-dir=${profile}`,
    url,
  ],
};

export const firefox: Browser = {
  name: "Firefox",
  programs: ["firefox-esr", "firefox"],
  arguments: (profile, url) => ["--headless", "--no-remote", "--profile", profile, url],
  profile: {
    // Nothing of its own over the network: no updates, portal checks, studies or sign-ups.
    "user.js": [
      'user_pref("app.update.disabledForTesting", true);',
      'user_pref("network.captive-portal-service.enabled", false);',
      'user_pref("network.connectivity-service.enabled", false);',
      'user_pref("app.normandy.enabled", false);',
      'user_pref("datareporting.policy.dataSubmissionEnabled", false);',
      'user_pref("browser.shell.checkDefaultBrowser", false);',
    ].join("\n"),
  },
};

/** The path of the browser's program; undefined when this machine has none. */
export function findProgram({ programs }: Browser): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(isExecutable);
}

/** The browser's program; where there is none the test that asks is skipped, but not in CI. */
export function programOf(browser: Browser, skip: (note: string) => void): string {
  const program = findProgram(browser);
  if (!program && !process.env.CI) skip(`no ${browser.programs.join(" or ")} on this machine`);
  if (!program) throw new Error(`${browser.name} is missing, and in CI no browser test may be skipped.`);
  return program;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".safetensors": "application/octet-stream",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

export interface Page {
  /** Files to serve, by the path in the address; the page itself is "/". */
  readonly files: ReadonlyMap<string, string>;
  /** Whether it may share memory with its workers. */
  readonly isIsolated?: boolean;
  /** Further headers of everything that is served, such as a content security policy. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Which of the page's tests to run; default is its first. */
  readonly test?: string;
  readonly deadlineMilliseconds: number;
}

/** What makes a page cross-origin isolated. */
export const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Answers with files until the page posts its report to /report. */
function serve({ files, isIsolated, headers: further }: Page, onReport: (report: unknown) => void): Server {
  const headers = { ...(isIsolated ? isolation : {}), ...further };
  return createServer(async (request, response) => {
    if (request.method === "POST" && request.url === "/report") {
      const report = await text(request);
      response.end();
      onReport(JSON.parse(report));
      return;
    }
    const file = files.get((request.url ?? "").split("?")[0]);
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { ...headers, "content-type": contentTypes[extname(file)] }).end(readFileSync(file));
  });
}

/**
 * Opens a page and waits for what it posts to /report.
 *
 * @throws Error when the browser ends or the deadline passes before, with what the browser printed
 */
export async function runPage(browser: Browser, program: string, page: Page): Promise<unknown> {
  let server!: Server;
  const reported = new Promise<unknown>((resolve) => {
    server = serve(page, resolve);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const query = page.test ? `?test=${page.test}` : "";
  const opened = open(browser, program, `http://127.0.0.1:${port}/${query}`);
  try {
    return await opened.during(reported, page.deadlineMilliseconds);
  } finally {
    await opened.close();
    server.closeAllConnections();
    server.close();
  }
}

/** A browser that is open at an address. */
export interface OpenBrowser {
  /** Waits for a result, which comes from a page of this browser. */
  during<T>(result: Promise<T>, deadlineMilliseconds: number): Promise<T>;
  close(): Promise<void>;
}

export function open(browser: Browser, program: string, url: string): OpenBrowser {
  const profile = mkdtempSync(join(tmpdir(), "wasmgrad-browser-"));
  for (const [name, content] of Object.entries(browser.profile ?? {})) writeFileSync(join(profile, name), content);
  // A group of its own, because a browser is many processes, and often a script that starts them.
  const child = spawn(program, browser.arguments(profile, url), { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += chunk));
  return {
    async during(result, deadline) {
      const waiting = new AbortController();
      const failures = [
        ended.then(() => "ended before the page reported"),
        setTimeout(deadline, "did not report in time", { signal: waiting.signal }),
      ];
      try {
        return await Promise.race([
          result,
          ...failures.map(async (failure) => {
            throw new Error(`${browser.name} ${await failure}. It printed:\n${printed}`);
          }),
        ]);
      } finally {
        waiting.abort();
      }
    },
    async close() {
      killGroup(child);
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Ends a process that was started as the first of a group, and all others of the group. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, "SIGKILL");
  } catch {
    // All of it has ended already.
  }
}
