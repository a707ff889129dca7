import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "../peers/child";
import type { Effort, Result, Turn } from "./results";
import { type Row, valuesOf } from "./rows";

/** Modules of bench/peers/predict, and how many libraries each has. */
const modules = { wasmgrad: 4, tfjs: 2, onnxruntime: 1, brain: 1 };

function startChildren(): Child[] {
  const folder = new URL("../peers/predict/", import.meta.url);
  return Object.entries(modules).flatMap(([module, count]) =>
    Array.from({ length: count }, (_, i) => new Child([process.execPath, "child.mjs", module, String(i)], folder)),
  );
}

/** Every library in a process of its own, in turns. */
export async function measureInNode(rows: readonly Row[], effort: Effort, rounds: number): Promise<Result[][]> {
  const data = mkdtempSync(join(tmpdir(), "wasmgrad-inference-"));
  const children = startChildren();
  try {
    const found: Result[][] = [];
    for (const row of rows) found.push(await measureRow(row, children, data, effort, rounds));
    return found;
  } finally {
    rmSync(data, { recursive: true });
    for (const child of children) child.end();
  }
}

async function measureRow(row: Row, children: readonly Child[], data: string, effort: Effort, rounds: number) {
  const { network, batch } = row;
  const paths = { weights: join(data, "weights.f32"), x: join(data, "x.f32") };
  const values = valuesOf(row);
  writeFileSync(paths.weights, values.weights);
  writeFileSync(paths.x, values.x);
  const able: (Result & { child: Child })[] = [];
  for (const child of children) {
    const { name } = await child.ask<{ name: string }>("hello");
    const start = { network, batch, ...paths, effort };
    const { outputs } = await child.ask<{ outputs?: number[] }>("start", start);
    if (outputs) able.push({ library: name, outputs, turns: [], child });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { turns, child } of able) turns.push(await child.ask<Turn>("turn", effort));
  }
  return able;
}
