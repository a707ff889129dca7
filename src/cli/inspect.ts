import { loadModel, type Model, type Pipeline } from "wasmgrad";
import type { Run, Running } from "./commands";
import { EXIT, FileError } from "./failures";
import { type FileHeader, readFileHeader } from "./modelFile";
import { counted, fileSize } from "./numbers";
import { MOST_TENSORS, rowsOf } from "./listing";
import { grid } from "./screen";
import { refuseFolder } from "./source";

/** `wasmgrad inspect`: what is in a file of a model or of weights. */
export const inspect: Run = async (running) => {
  const { given, screen } = running;
  const [path] = given.operands;
  refuseFolder(path);
  const header = await readFileHeader(path).catch((error: unknown) => {
    if (error instanceof FileError) return error;
    throw error;
  });
  if (header instanceof FileError) return (await import("./inspectForeign")).inspectForeign(running, header);
  const model = header.metadata.wasmgrad === undefined ? undefined : await loadModel(path);
  if (given.has("json")) await screen.write(`${JSON.stringify(inJson(path, header, model))}\n`);
  else {
    screen.print(`${path}: ${fileSize(header.bytes)}, ${counted(header.tensors.length, "tensor")}`);
    if (model) printModel(screen, model, header);
    printTensors(screen, header);
    printMetadata(screen, header);
  }
  model?.dispose();
  return EXIT.ok;
};

function inJson(file: string, { bytes, tensors, metadata }: FileHeader, model: Model | undefined): object {
  const { wasmgrad, ...others } = metadata;
  return {
    file,
    bytes,
    tensors,
    metadata: others,
    ...(wasmgrad === undefined ? {} : { model: JSON.parse(wasmgrad) as unknown }),
    ...(model?.pipeline ? { pipeline: model.pipeline.toJSON() } : {}),
  };
}

interface Written {
  readonly version: number;
  readonly seed: number;
  readonly training?: {
    readonly optimizer?: { readonly name?: string };
    readonly step?: number;
    readonly epoch?: number;
  };
}

function printModel(screen: Running["screen"], model: Model, { metadata }: FileHeader): void {
  const { version, seed, training } = JSON.parse(metadata.wasmgrad) as Written;
  const course = training
    ? `trained for ${counted(training.epoch ?? 0, "pass").replace(/passs$/, "passes")}, ${counted(training.step ?? 0, "step")}`
    : "without its training";
  screen.print(`written by wasmgrad, form ${version}, seed ${seed}, ${course}`);
  screen.section("layers", ...grid(rowsOf(model.summary()), screen.columns - 1));
  if (model.pipeline) printPipeline(screen, model.pipeline);
}

function printPipeline(screen: Running["screen"], pipeline: Pipeline): void {
  const { schema, targets, embeddings } = pipeline;
  const roles = { target: "is learnt", feature: "", none: "" } as const;
  const columns = schema.columns.map(({ name, type, role, unit, words }) => [
    `  ${name}`,
    type,
    [roles[role], unit ?? "", words ? words.join(", ") : ""].filter(Boolean).join(": "),
  ]);
  screen.section("columns", ...grid([["  name", "type", ""], ...columns], screen.columns - 1));
  screen.print("");
  const learnt = targets.map(({ column, classes }) =>
    classes ? `${column}, ${counted(classes.length, "word")}` : column,
  );
  screen.paragraph(
    `Rows become ${counted(pipeline.names.length, "number")}` +
      `${embeddings.length > 0 ? ` and ${counted(embeddings.length, "id")}` : ""}; learnt: ${learnt.join("; ")}.`,
  );
}

function printTensors(screen: Running["screen"], { tensors }: FileHeader): void {
  // What the optimizer keeps stands beside each weight and has its shape.
  const weights = tensors.filter(({ name }) => !name.startsWith("optimizer/"));
  const rows = weights
    .slice(0, MOST_TENSORS)
    .map(({ name, dtype, shape, bytes }) => [`  ${name}`, dtype, `[${shape.join(", ")}]`, fileSize(bytes)]);
  screen.section("tensors", ...grid([["  name", "type", "shape", "size"], ...rows], screen.columns - 1));
  const left = weights.length - rows.length;
  if (left > 0) screen.print(`  … and ${left} more`);
  if (weights.length < tensors.length) screen.print(`  and ${tensors.length - weights.length} of the optimizer`);
}

function printMetadata(screen: Running["screen"], { metadata }: FileHeader): void {
  const others = Object.entries(metadata).filter(([name]) => name !== "wasmgrad");
  if (others.length === 0) return;
  screen.section("metadata");
  for (const [name, text] of others) screen.paragraph(`  ${name}: ${String(text).slice(0, 500)}`);
}
