// Each case in a process of its own: what `configure` says holds for a process, and only before WebAssembly is compiled.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configure } from "../../src/index";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
const probe = join(folder, "probe.mjs");
const strict = resolve("build/strict.wasm");
const contentTypes: Record<string, string> = { ".wasm": "application/wasm", ".html": "text/html" };
let server: Server;
let origin: string;

beforeAll(async () => {
  const entryPoints = ["tests/engine/configureProbe.ts"];
  await build({ entryPoints, outfile: probe, bundle: true, format: "esm", platform: "node", logLevel: "error" });
  // /plain.wasm is served as nothing in particular, /page.wasm is a page, /missing.wasm is missing.
  server = createServer(({ url = "" }, response) => {
    if (url === "/page.wasm") response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
    else if (url === "/missing.wasm") response.writeHead(404).end();
    else if (url === "/plain.wasm") response.end(readFileSync(strict));
    else {
      const content = readFileSync(join("build", url));
      response.writeHead(200, { "content-type": contentTypes[extname(url)] }).end(content);
    }
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Outcome {
  readonly weight?: number;
  readonly fetched: readonly string[];
  readonly streamed: number;
  readonly error?: { readonly name: string; readonly reason?: string; readonly message: string };
  readonly warnings: readonly string[];
}

/** Runs the probe with a body of `configure` calls; see configureProbe.ts for what it has at hand. */
async function run(body: string, { compile = {}, node = [] as string[] } = {}): Promise<Outcome> {
  const program = join(folder, `program-${Math.floor(performance.now() * 1000)}.mjs`);
  writeFileSync(
    program,
    `import { readFileSync } from "node:fs";\nimport { configure, train, outcome } from ${JSON.stringify(pathToFileURL(probe).href)};\n` +
      `const origin = ${JSON.stringify(origin)}, strict = ${JSON.stringify(strict)};\n` +
      `await outcome(async () => {\n${body}\nreturn train(${JSON.stringify(compile)});\n});\n`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [...node, program]);
  return JSON.parse(stdout);
}

describe("configure", () => {
  it("refuses what is no source, by name", () => {
    const refuse = (wasm: unknown) => () => configure({ wasm } as never);
    expect(refuse(7)).toThrow("configure: wasm must be a URL, a Response, a WebAssembly.Module or bytes, got 7.");
    expect(refuse({ strikt: "/a.wasm" })).toThrow('configure: wasm has no build "strikt". Did you mean "strict"?');
    expect(refuse({ threads: 1 })).toThrow("configure: wasm.threads must be a URL");
    expect(() => configure({ worker: 3 as never })).toThrow("configure: worker must be a URL, got 3.");
    expect(() => configure({ wasmm: "/" } as never)).toThrow('configure: unknown option "wasmm". Did you mean "wasm"?');
  });

  const same: [string, string][] = [
    ["inlined", ""],
    ["an address", 'configure({ wasm: origin + "/strict.wasm" });'],
    ["a URL, served as nothing in particular", 'configure({ wasm: new URL("/plain.wasm", origin) });'],
    ["a folder's address", 'configure({ wasm: origin + "/" });'],
    ["a response that is on its way", 'configure({ wasm: fetch(origin + "/strict.wasm") });'],
    ["a path", "configure({ wasm: strict });"],
    ["bytes", "configure({ wasm: readFileSync(strict) });"],
    ["a module", "configure({ wasm: await WebAssembly.compile(readFileSync(strict)) });"],
  ];

  it("takes the module from anywhere, to the same bits", async () => {
    const outcomes = await Promise.all(same.map(async ([name, body]) => ({ name, ...(await run(body)) })));
    const [{ weight }] = outcomes;
    expect(weight).toBeCloseTo(4, 1);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ weight, warnings: [] });
    const streamed = outcomes.filter((outcome) => outcome.streamed).map(({ name }) => name);
    expect(streamed).toEqual(["an address", "a folder's address", "a response that is on its way"]);
    expect(outcomes[3].fetched).toEqual(["/strict.wasm"]);
  });

  it("takes each build from its own source", async () => {
    const body = 'configure({ wasm: { relaxed: origin + "/relaxed.wasm", threads: origin + "/threads.wasm" } });';
    const { fetched, error } = await run(body, { compile: { threads: 2 } });
    expect({ fetched, error }).toEqual({ fetched: ["/threads.wasm"], error: undefined });
  });

  const wrong: [string, string, string, string | RegExp][] = [
    ["unreachable", "status", 'configure({ wasm: origin + "/missing.wasm" });', /missing\.wasm has status 404\.$/],
    ["unreachable", "address", 'configure({ wasm: "http://127.0.0.1:1/a.wasm" });', /cannot be read: fetch failed/],
    [
      "mismatch",
      "page",
      'configure({ wasm: origin + "/page.wasm" });',
      /of content type text\/html, cannot be compiled/,
    ],
    ["mismatch", "bytes", "configure({ wasm: new Uint8Array(8) });", /build "strict" cannot be compiled/],
    [
      "mismatch",
      "other build",
      'configure({ wasm: origin + "/threads.wasm" });',
      'configure: wasm, build "strict": is the build "threads". Serve dist/wasm/strict.wasm of the installed package.',
    ],
    [
      "mismatch",
      "other version",
      "const bytes = readFileSync(strict);\nbytes[bytes.length - 1] ^= 1;\nconfigure({ wasm: bytes });",
      /is the build "strict" of another version\./,
    ],
    [
      "mismatch",
      "other module",
      "configure({ wasm: Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0) });",
      /is no build of wasmgrad\./,
    ],
  ];

  it("says what is wrong with a module: not there, no module, not this version's", async () => {
    const outcomes = await Promise.all(wrong.map(([, , body]) => run(body)));
    wrong.forEach(([reason, name, , message], i) => {
      const { error, weight } = outcomes[i];
      expect(weight, name).toBeUndefined();
      expect(error, name).toMatchObject({ name: "WebAssemblyError", reason });
      expect(error!.message, name).toMatch(message);
    });
  });

  it("comes too late once WebAssembly is compiled", async () => {
    const { error } = await run("await train({});\nconfigure({ wasm: strict });");
    expect(error).toMatchObject({ name: "StateError" });
    expect(error!.message).toContain("Call configure before the first model is used");
  });

  it("may be called again when what it was given before could not be had", async () => {
    const body =
      'configure({ wasm: origin + "/missing.wasm" });\nawait train({}).catch(() => {});\nconfigure({ wasm: strict });';
    expect((await run(body)).weight).toBeCloseTo(4, 1);
  });
});

describe("where WebAssembly is forbidden", () => {
  const forbid = "delete globalThis.WebAssembly;";

  it("the readable kernels take over after one warning, and learn the same", async () => {
    const [wasm, js] = await Promise.all([run(""), run(`${forbid}\nawait train({});`)]);
    expect(js.warnings).toHaveLength(1);
    expect(js.warnings[0]).toMatch(/^wasmgrad: engine "js" takes over.*this runtime has no WebAssembly\.$/);
    expect(js.weight).toBeCloseTo(wasm.weight!, 5);
  });

  it("so they do in a Node that has none from the beginning", async () => {
    const [{ weight, warnings }, here] = await Promise.all([run("", { node: ["--jitless"] }), run(forbid)]);
    expect(weight).toBe(here.weight);
    expect(warnings).toHaveLength(1);
  });

  it("so they do with threads and a worker, on the calling thread", async () => {
    const compile = { threads: 2, worker: true };
    const [{ weight, warnings }, here] = await Promise.all([run(forbid, { compile }), run(forbid)]);
    expect(weight).toBe(here.weight);
    expect(warnings).toHaveLength(1);
  });

  it('the engine "wasm", asked for by name, is an error', async () => {
    const { error, warnings } = await run(forbid, { compile: { engine: "wasm" } });
    expect(error).toMatchObject({ name: "WebAssemblyError", reason: "forbidden" });
    expect(warnings).toEqual([]);
  });

  it("nothing is fetched for it", async () => {
    const { fetched, weight } = await run(`${forbid}\nconfigure({ wasm: origin + "/strict.wasm" });`);
    expect(fetched).toEqual([]);
    expect(weight).toBeCloseTo(4, 1);
  });
});
