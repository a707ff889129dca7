import type { Kind } from "../compiler/compile";
import { flopsOf } from "../compiler/flops";
import { tensorBytes } from "../program/layout";
import type { Lowerings } from "../compiler/lowerings";
import type { MemorySizes } from "../runtime/memoryMap";
import { tablesOf } from "../compiler/takenRows";
import { updateRows } from "../compiler/updates";
import { sizeOf, showShape } from "../tensor/shape";
import { showDimensions } from "../graph/dimension";
import type { Structure } from "../graph/structure";
import type { WeightTable } from "../compiler/weightTable";

/** Columns of equal width; numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const isNumber = (text: string) => /^[\d.,]+( \w+)?$/.test(text);
  const cell = (text: string, column: number) =>
    isNumber(text) ? text.padStart(widths[column]) : text.padEnd(widths[column]);
  return rows.map((row) => row.map(cell).join("  ").trimEnd());
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const exponent = Math.min(3, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** exponent).toFixed(1)} ${["B", "kB", "MB", "GB"][exponent]}`;
}

function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** The text of `model.summary()`. */
export function summarize(
  name: string,
  { layers, nodes }: Structure,
  weights: WeightTable,
  { total: totalBytes, ...parts }: MemorySizes,
  batchSize: number,
  length?: number,
): string {
  const count = (entries: WeightTable["entries"]) => entries.reduce((sum, { size }) => sum + size, 0);
  const rows = layers.map((layer) => {
    const node = nodes.find((candidate) => candidate.layer === layer)!;
    const shapes = node.call!.outputs.map(showDimensions).join(", ");
    return [`${layer.name} (${layer.kind})`, shapes, formatCount(count(weights.of(layer)))];
  });
  const trainable = count(weights.entries.filter(({ isTrained }) => isTrained));
  const total = count(weights.entries);
  const bytes = Object.entries(parts).map(([part, size]) => `${part} ${formatBytes(size)}`);
  return [
    `model ${name}`,
    ...table([["layer", "output", "parameters"], ...rows]),
    `parameters: ${formatCount(total)}, trainable: ${formatCount(trainable)}, others: ${formatCount(total - trainable)}`,
    `memory at batch size ${batchSize}${length ? ` and length ${length}` : ""}: ${formatBytes(totalBytes)}`,
    `  ${bytes.join(", ")}`,
  ].join("\n");
}

/** The text of `model.program()`. */
export function describeProgram(lowerings: Lowerings, kind: Kind, batchSize: number, length?: number): string {
  const { recipe } = lowerings;
  const { graph, differentiation, plan } = lowerings.of({ kind, batchSize, length });
  let flops = 0;
  const rows = graph.operations.map((operation, i) => {
    const { op, owner, values } = operation;
    const modes = differentiation.operations.get(operation);
    const own = flopsOf(operation, modes);
    flops += own;
    const shape = (name: string) => (values[name] ? [`${name} ${showShape(values[name].shape)}`] : []);
    const gradients = modes ? [...modes].map(([name, mode]) => `d${name}${mode === "add" ? " +=" : ""}`).join(" ") : "";
    const bytes = op.outputs.reduce(
      (sum, name) => sum + (values[name] ? tensorBytes(sizeOf(values[name].shape)) : 0),
      0,
    );
    const shapes = [...op.inputs, ...op.outputs].flatMap(shape).join(", ");
    return [`${i}`, op.name, owner, shapes, gradients, formatBytes(bytes), formatCount(own)];
  });
  const tables = tablesOf(graph);
  const trained = new Set(
    [...differentiation.gradients].filter((value) => !tables.has(value)).map(({ owner }) => owner),
  );
  const weights = recipe.model.weights.entries.filter(({ name }) => trained.has(name));
  const noBases = { weights: 0, state: 0, gradients: 0, slots: 0, totals: 0, data: 0, arena: 0 };
  const updates = recipe.optimizer ? updateRows(recipe.optimizer, recipe.model.weights, weights, noBases) : [];
  const changes = [
    ...updates.map(({ op, owner, fields: { count } }) => ({ op, owner, count, shapes: [`weights [${count}]`] })),
    ...graph.updates.map(({ op, owner, values, gradients = {}, counts: { count, width = 1 } }) => {
      const names = op.tensors.filter((name) => name !== "workspace");
      const shapes = names.map((name) => `${name} ${showShape((gradients[name] ?? values[name]).shape)}`);
      return { op, owner, count: count * width, shapes };
    }),
  ];
  const changeRows = changes.map(({ op, owner, count, shapes }, i) => {
    return [`${graph.operations.length + i}`, op.name, owner, shapes.join(", "), "", formatBytes(count * 4), ""];
  });
  const header = ["row", "operation", "owner", "shapes", "backward", "writes", "FLOPs"];
  return [
    `${kind} step, batch ${batchSize}${length ? `, length ${length}` : ""}: forward ↓, backward ↑, then update`,
    ...table([header, ...rows, ...(kind === "train" ? changeRows : [])]),
    `${formatCount(flops)} FLOPs a step; activations and gradients share ${formatBytes(plan.bytes)}, at worst ${formatBytes(plan.bytesAliveAtWorst)} are alive`,
  ].join("\n");
}
