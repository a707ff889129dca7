// What programs made with the built package weigh, and that the files counted are those that are loaded.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { layers, sequential } from "wasmgrad";
import { bundle, loadedFiles, measure, programs } from "../../scripts/size.mjs";

beforeAll(() => {
  if (!existsSync("dist/index.js")) throw new Error("There is no dist/ to measure. Run: npm run build");
});

describe("a minimal program", () => {
  test("stays within its budget", async () => {
    const sizes = await measure();
    console.log(sizes);
    for (const { total, binary, limit, singleFile } of Object.values(sizes)) {
      expect(binary).toBeGreaterThan(1000);
      expect(total).toBeGreaterThan(binary);
      expect(total).toBeLessThanOrEqual(limit);
      expect(singleFile).toBeGreaterThan(total);
    }
  });

  test.each(["training", "inference"] as const)(
    "runs with nothing but the files that are counted: %s",
    async (name) => {
      const { source, onDemand } = programs[name];
      const counted = loadedFiles(await bundle(source), onDemand);
      const folder = mkdtempSync(join(tmpdir(), "wasmgrad-size-"));
      try {
        for (const { fileName, code } of counted) writeFileSync(join(folder, fileName), code);
        const model = sequential({ layers: [layers.dense({ units: 3, activation: "softmax", inputShape: [2] })] });
        writeFileSync(join(folder, "model.safetensors"), model.toBytes());
        writeFileSync(
          join(folder, "run.mjs"),
          `import { readFileSync } from "node:fs";
        globalThis.bytes = new Uint8Array(readFileSync(new URL("model.safetensors", import.meta.url)));
        await import("./${counted.find(({ isEntry }) => isEntry)!.fileName}");
        console.log(JSON.stringify(globalThis.result));`,
        );
        writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
        const [row] = JSON.parse(execFileSync(process.execPath, [join(folder, "run.mjs")], { encoding: "utf8" }));
        expect(row.length).toBe(3);
        expect(row.reduce((sum: number, value: number) => sum + value, 0)).toBeCloseTo(1, 5);
        if (name === "inference") expect(row).toEqual(((await model.predict([[0, 1]])).toArray() as number[][])[0]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
