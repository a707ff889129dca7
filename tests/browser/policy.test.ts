// Pages with strict content security policies: with WebAssembly allowed they train as any other, with files of their own in
// workers, too; without it the readable kernels stand in. Nothing ever waits for what cannot come.
import { existsSync, readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type Browser, chromium, firefox, programOf, runPage } from "./browser";

/** What a training comes to. */
interface Result {
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly loss: number;
  readonly outputsSha256: string;
  readonly weightsSha256: string;
}

interface Report {
  readonly result?: Result;
  readonly error?: { readonly name: string; readonly message: string; readonly reason?: string };
  readonly warnings: readonly string[];
  readonly streamed: number;
  readonly isIsolated: boolean;
}

/** What the error says of a worker that was waited for in vain. */
const timedOut = "none in";

const withWasm = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
const withoutWasm = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'";

const files = new Map([
  ["/", "tests/browser/policy.html"],
  ["/policy.js", "tests/browser/policy.js"],
  ["/training.js", "tests/browser/training.js"],
]);
const [libraryPath, trainingPath] = ["../../dist/index.js", "./training.js"];
let inNode: Result;

beforeAll(async () => {
  if (!existsSync("dist/index.js")) throw new Error("There is no dist/index.js to test. Run: npm run build");
  for (const name of readdirSync("dist", { recursive: true }) as string[]) files.set(`/dist/${name}`, `dist/${name}`);
  const [library, { trainIn }] = await Promise.all([import(libraryPath), import(trainingPath)]);
  inNode = await trainIn(library, {});
});

describe.each([chromium, firefox])("in $name", (browser: Browser) => {
  const open = async (skip: (note: string) => void, policy: string, name: string, isIsolated = false) => {
    const program = programOf(browser, skip);
    const headers = { "content-security-policy": policy };
    const page = { files, headers, isIsolated, test: name, deadlineMilliseconds: 200_000 };
    return (await runPage(browser, program, page)) as Report;
  };

  test("a page that allows WebAssembly trains to the bits of Node", async ({ skip }) => {
    const { result, error, warnings } = await open(skip, withWasm, "inlined");
    expect({ result, error, warnings }).toEqual({ result: inNode, error: undefined, warnings: [] });
  });

  test("so it does with the module as a file, compiled while it comes", async ({ skip }) => {
    const { result, error, streamed } = await open(skip, withWasm, "files");
    expect({ result, error, streamed }).toEqual({ result: inNode, error: undefined, streamed: 1 });
  });

  for (const isIsolated of [false, true]) {
    const place = isIsolated ? "workers over shared memory" : "a worker";
    test(`so it does in ${place}, whose script is a file`, async ({ skip }) => {
      const report = await open(skip, withWasm, "workerFile", isIsolated);
      expect(report).toMatchObject({ result: inNode, warnings: [], isIsolated });
    });
  }

  test("a worker of text that it forbids is an error that says what to do", async ({ skip }) => {
    const { error } = await open(skip, withWasm, "workerText");
    expect(error?.name).toBe("ThreadError");
    expect(error?.message).toContain("call configure({ worker: URL of the package's worker.js })");
    expect(error?.message).not.toContain(timedOut);
  });

  test("so is a worker's file that is not there", async ({ skip }) => {
    const { error } = await open(skip, withWasm, "workerNotThere");
    expect(error?.name).toBe("ThreadError");
    expect(error?.message).toContain("Is /nowhere.js the package's worker.js?");
    expect(error?.message).not.toContain(timedOut);
  });

  for (const name of ["fallback", "fallbackInsteadOfWorker"]) {
    const place = name === "fallback" ? "" : ", whatever it wanted in a worker";
    test(`a page that forbids WebAssembly trains by itself${place}`, async ({ skip }) => {
      const { result, error, warnings } = await open(skip, withoutWasm, name);
      expect(error).toBeUndefined();
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/^wasmgrad: engine "js" takes over.*compiling WebAssembly is forbidden here/);
      result!.history.loss.forEach((loss, epoch) => {
        expect(loss).toBeCloseTo(inNode.history.loss[epoch], 4);
      });
    });
  }

  test("but not for who asked for WebAssembly by name", async ({ skip }) => {
    const { error, warnings } = await open(skip, withoutWasm, "demanded");
    expect(error).toMatchObject({ name: "WebAssemblyError", reason: "forbidden" });
    expect(warnings).toEqual([]);
  });
});
