// The packed package on pages without any tool.
import { afterAll, beforeAll, expect } from "vitest";
import { chromium, findProgram, firefox, isolation } from "../browser/browser";
import { Session } from "../browser/session";
import { type Site, serveFolder } from "../browser/site";
import { absence, folderOf } from "./projects";
import { describeRow, type Lack, type Row, type Run } from "./rows";

const ordinary: Lack = {
  reason: "One thread: memory can be shared on cross-origin isolated pages only.",
  outcome: { workers: 0 },
};
const forbidden: Lack = {
  reason: "A `ThreadError` that says so: the policy forbids workers made of text. It takes `worker-src blob:`, too.",
  outcome: {
    weightsSha256: undefined,
    error: "ThreadError: a worker thread did not start. Use threads: 1 and worker: false.",
    workers: expect.any(Number),
  },
};
const strictPolicy = "script-src 'self' 'wasm-unsafe-eval'";

interface Kind extends Pick<Row, "threads" | "worker"> {
  readonly page: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const kinds: Readonly<Record<string, Kind>> = {
  "a page": { page: "module.html", threads: ordinary },
  "a page with an import map": { page: "importMap.html", threads: ordinary },
  "a cross-origin isolated page": { page: "module.html", headers: isolation, threads: 2 },
  [`policy \`${strictPolicy}\``]: {
    page: "module.html",
    headers: { ...isolation, "content-security-policy": strictPolicy },
    threads: forbidden,
    worker: forbidden,
  },
  [`policy \`${strictPolicy}; worker-src 'self' blob:\``]: {
    page: "module.html",
    headers: { ...isolation, "content-security-policy": `${strictPolicy}; worker-src 'self' blob:` },
    threads: 2,
  },
};

const sites = new Map<string, Site>();
beforeAll(async () => {
  for (const [name, { headers }] of Object.entries(kinds)) {
    sites.set(name, await serveFolder(folderOf("plain"), headers));
  }
});
afterAll(() => {
  for (const site of sites.values()) site.close();
});

for (const browser of [chromium, firefox]) {
  const program = findProgram(browser);
  const session = new Session(browser, program ?? browser.programs[0]);
  afterAll(() => session.close());

  for (const [kind, { page, threads, worker }] of Object.entries(kinds)) {
    describeRow({
      name: `${browser.name}, ${kind}`,
      absent: absence(browser.name, program !== undefined),
      run: async () => ({ page: (await session.visit(sites.get(kind)!.url + page)) as Run }),
      threads,
      worker,
    });
  }
}
