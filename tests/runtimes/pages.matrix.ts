// The packed package on pages without any tool.
import { afterAll, beforeAll } from "vitest";
import { chromium, findProgram, firefox, isolation } from "../browser/browser";
import { Session } from "../browser/session";
import { type Site, serveFolder } from "../browser/site";
import { absence, folderOf } from "./projects";
import { describeRow, type Lack, type Row, type Run } from "./rows";

const ordinary: Lack = {
  reason: "One thread: memory can be shared on cross-origin isolated pages only.",
  outcome: { workers: 0 },
};
const policy = "script-src 'self' 'wasm-unsafe-eval'";

interface Kind extends Pick<Row, "threads"> {
  readonly page: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const kinds: Readonly<Record<string, Kind>> = {
  "a page": { page: "module.html", threads: ordinary },
  "a page with an import map": { page: "importMap.html", threads: ordinary },
  "a cross-origin isolated page": { page: "module.html", headers: isolation, threads: 2 },
  [`policy \`${policy}\`, with \`configure({ worker })\``]: {
    page: "policy.html",
    headers: { ...isolation, "content-security-policy": policy },
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

  for (const [kind, { page, threads }] of Object.entries(kinds)) {
    describeRow({
      name: `${browser.name}, ${kind}`,
      absent: absence(browser.name, program !== undefined),
      run: async () => ({ page: (await session.visit(sites.get(kind)!.url + page)) as Run }),
      threads,
    });
  }
}
