// The command line as a process: its standard streams, and its exit code.
import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { makeFolder, people, wasmgrad } from "./inProcess";

const folder = makeFolder();
const table = folder.write("people.csv", people(100));
const model = folder.path("people.safetensors");

beforeAll(async () => {
  await wasmgrad(["train", table, "--target", "town", "--epochs", "5", "--out", model, "--quiet"]);
}, 120_000);

interface Streams {
  readonly input?: string | undefined;
  /** Where the output goes: a file, or read up to so many characters and then closed. */
  readonly output?: number | { readonly closeAfter: number };
}

function run(args: readonly string[], { input, output }: Streams = {}) {
  return new Promise<{ exitCode: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const stdout = typeof output === "number" ? output : "pipe";
    const child = spawn(process.execPath, ["node_modules/tsx/dist/cli.mjs", "src/cli/main.ts", ...args], {
      stdio: ["pipe", stdout, "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    const written = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      written.stdout += text;
      if (typeof output === "object" && written.stdout.length > output.closeAfter) child.stdout?.destroy();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      written.stderr += text;
    });
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, ...written }));
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? "");
  });
}

describe.concurrent("a process", () => {
  test("reads a table from the standard input, and one row as JSON", { timeout: 120_000 }, async () => {
    const csv = await run(["predict", model, "-"], { input: "colour,height,age\nred,187,30\nred,166,30\n" });
    expect(csv).toMatchObject({ exitCode: 0, stderr: "" });
    expect(csv.stdout.split("\n").map((line) => line.split(",")[0])).toEqual(["town", "Oslo", "Rome", ""]);
    const json = await run(["predict", model, "--json"], { input: '{ "age": 30, "height": 187, "colour": "red" }' });
    expect(json).toMatchObject({ exitCode: 0, stderr: "" });
    expect(JSON.parse(json.stdout)).toMatchObject({ town: "Oslo", probability: expect.any(Number) });
    const none = await run(["predict", model], { input: "" });
    expect(none).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^wasmgrad: the input: .*empty/) });
  });

  test("ends without a word when its reader has enough", { timeout: 120_000 }, async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${20 + (i % 50)},${160 + (i % 30)},red`);
    const many = folder.write("many.csv", ["age,height,colour", ...rows, ""].join("\n"));
    const { exitCode, stderr } = await run(["predict", model, many], { output: { closeAfter: 100 } });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test.skipIf(process.platform !== "linux")("says that the disk is full", { timeout: 120_000 }, async () => {
    const full = openSync("/dev/full", "w");
    const { exitCode, stderr } = await run(["predict", model, table], { output: full });
    closeSync(full);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "wasmgrad: standard output: the disk is full.\n" });
  });

  test("shows a training in plain lines, and refuses wrong usage with 2", { timeout: 120_000 }, async () => {
    const out = folder.path("again.safetensors");
    const trained = await run(["train", table, "--target", "town", "--epochs", "3", "--out", out]);
    expect(trained.exitCode).toBe(0);
    for (const mark of ["\r", "\x1b"]) expect(trained.stdout + trained.stderr).not.toContain(mark);
    expect((await run(["train", table, "--taget", "town"])).exitCode).toBe(2);
    const { version } = (await import("../../package.json")).default;
    expect(await run(["--version"])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
  });

  test.skipIf(process.platform === "win32").each([
    ["a training with folds", "--folds", "5"],
    ["a search with workers", "--search", "200", "--workers", "2"],
  ])("Ctrl-C ends %s at once, with nothing left behind", { timeout: 180_000 }, async (_, ...args) => {
    const out = folder.path(`interrupted${args[0]}.safetensors`);
    const child = spawn(
      process.execPath,
      ["--import", "tsx/esm", "src/cli/main.ts", "train", table, "--target", "town", "--out", out, ...args],
      { env: { ...process.env, NO_COLOR: "1" } },
    );
    let said = "";
    const begun = new Promise<void>((resolve) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (/of \d+/.test(said)) resolve();
      });
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    await Promise.race([begun, ended]);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(said.endsWith("Interrupted: nothing was saved.\n")).toBe(true);
    expect(readdirSync(folder.path("")).filter((name) => name.startsWith("interrupted"))).toEqual([]);
  });
});
