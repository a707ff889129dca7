// The packed package through bundlers: each builds a small project, and real browsers open what it made.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll } from "vitest";
import { chromium, findProgram, firefox, isolation, killGroup } from "../browser/browser";
import { Session } from "../browser/session";
import { type Site, serveFolder } from "../browser/site";
import { absence, type bundlers, folderOf, isInstalled } from "../runtimes/projects";
import { describeRow, type Run, type Trained } from "../runtimes/rows";

type Bundler = (typeof bundlers)[number];

const environment = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
const browsers = [chromium, firefox].map((browser) => {
  const program = findProgram(browser);
  return { name: browser.name, program, session: new Session(browser, program ?? browser.programs[0]) };
});
afterAll(() => Promise.all(browsers.map(({ session }) => session.close())));

async function build(bundler: Bundler): Promise<void> {
  await promisify(execFile)("npm", ["run", "build"], { cwd: folderOf(bundler), env: environment }).catch((error) => {
    throw new Error(`${bundler} does not build:\n${error.stdout}${error.stderr}`);
  });
}

/** Starts a bundler's own server, which prints its address. */
async function startServer(bundler: Bundler, command: string, ...parameters: string[]): Promise<Site> {
  const program = join(folderOf(bundler), "node_modules/.bin", command);
  const server: ChildProcess = spawn(program, parameters, {
    cwd: folderOf(bundler),
    env: { ...environment, NO_COLOR: "1" },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const close = () => killGroup(server);
  let printed = "";
  const url = await Promise.race([
    new Promise<string>((resolve) => {
      for (const stream of [server.stdout, server.stderr]) {
        stream!.on("data", (chunk) => {
          printed += chunk;
          const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? [];
          if (address) resolve(`${address}/`);
        });
      }
    }),
    once(server, "exit").then(() => Promise.reject(new Error(`${command} ended. It printed:\n${printed}`))),
  ]);
  return { url, close };
}

/** What the page says in every browser. */
async function visit<Report>(site: Site): Promise<Record<string, Report>> {
  try {
    const reports: Record<string, Report> = {};
    for (const { name, session } of browsers) reports[name] = (await session.visit(site.url)) as Report;
    return reports;
  } finally {
    site.close();
  }
}

function absenceOf(bundler: Bundler): string | undefined {
  const missing = browsers.find(({ program }) => !program);
  return absence(bundler, isInstalled(bundler)) ?? (missing && absence(missing.name, false));
}

/** On the main thread of a page, one leads the threads. */
const threads = 2;

const serve = (folder: string) => serveFolder(folder, isolation);

describeRow({
  name: "Vite, development server",
  absent: absenceOf("vite"),
  run: async () => visit<Run>(await startServer("vite", "vite")),
  threads,
});

/** Bundlers that write files, and the folder that is to be served. */
const written = { Vite: "vite/dist", webpack: "webpack", Rollup: "rollup", esbuild: "esbuild" };

for (const [name, folder] of Object.entries(written)) {
  const bundler = folder.split("/")[0] as Bundler;
  describeRow({
    name,
    absent: absenceOf(bundler),
    run: async () => {
      await build(bundler);
      return visit<Run>(await serve(folderOf(folder)));
    },
    threads,
  });
}

/** The page and, before it, the server that renders it. */
type Rendered = Run & { readonly onServer: Trained };
let rendered: Promise<Record<string, Rendered>> | undefined;

/** Built and visited once, for two rows. */
function render(): Promise<Record<string, Rendered>> {
  rendered ??= build("next").then(async () => {
    return visit<Rendered>(await startServer("next", "next", "start", "--hostname", "127.0.0.1", "--port", "0"));
  });
  return rendered;
}

describeRow({
  name: "Next.js, on the server",
  absent: absenceOf("next"),
  run: async () => {
    const reports = Object.entries(await render());
    return Object.fromEntries(reports.map(([browser, { onServer }]) => [browser, { here: onServer }]));
  },
  inWorker: { reason: "Not tried: a server is Node, and so are its workers." },
});

describeRow({ name: "Next.js, in the page", absent: absenceOf("next"), run: render, threads });
