import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { hashWeights } from "../../../examples/digits/findings";
import { loadModel } from "../../../src";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-"));
afterAll(() => rmSync(folder, { recursive: true }));
const output = join(folder, "digits.safetensors");

/** Runs the program as `npm start` does, without a terminal. */
function start(args: readonly string[], onOutput: (text: string, interrupt: () => void) => void = () => {}) {
  const child = spawn(process.execPath, ["--import", "tsx", "examples/digits/main.ts", ...args]);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
    onOutput(stdout, () => child.kill("SIGINT"));
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

describe("npm start", () => {
  it("learns to read digits in one epoch, and says so in plain lines and in JSON", async () => {
    const { code, stdout, stderr } = await start(["--epochs", "1", "--skip-js", "--json", "--output", output]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).not.toContain("\r");
    expect(stdout).not.toContain("\x1b");
    expect(stdout).toMatch(/^epoch 1\/1 {2}loss 0\.\d+ {2}accuracy 0\.\d+ {2}[\d,]+ samples\/s {2}[\d.]+ s$/m);
    const result = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    expect(result).toMatchObject({ dataset: "mnist", model: "784-128-10", seed: 1, epochs: 1, jsRatio: null });
    expect(result.testAccuracy).toBeGreaterThan(0.941);
    expect(result.testAccuracy).toBeLessThan(0.96);
    expect(result.samplesPerSecond).toBeCloseTo(60000 / result.trainSeconds, 5);
    expect(stdout).toContain(`test accuracy ${(100 * result.testAccuracy).toFixed(2)} %`);
    const saved = await loadModel(new Uint8Array(readFileSync(output)));
    expect(result.weightsSha256).toBe(hashWeights(await saved.getWeights()));
  });

  it("ends with 130 when interrupted, and saves nothing", async () => {
    const args = ["--epochs", "1000", "--output", join(folder, "never")];
    const { code, stdout, stderr } = await start(args, (text, interrupt) => text.includes("epoch 1/") && interrupt());
    expect([code, stderr]).toEqual([130, "Interrupted.\n"]);
    expect(stdout).not.toContain("saved");
  });

  it("refuses what it does not know with exit code 2", async () => {
    const { code, stdout, stderr } = await start(["--epoch", "3"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe('npm start: unknown option "--epoch". Did you mean "--epochs"?\n');
  });
});
