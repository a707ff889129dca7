// The page: a form for the columns that a model names, its answer while somebody types, and the predictions of files.
import { loadModel, type Predictor, type RawRow, WasmgradError } from "wasmgrad/inference";
import { setUpTheme } from "../../theme";
import { showAnswer } from "./answer";
import { formColumns } from "./columns";
import { FilePanel } from "./filePanel";
import { makeForm } from "./form";

const FIRST_MODEL = "/model.safetensors";

const find = <Kind extends HTMLElement>(id: string) => document.getElementById(id) as Kind;
const main = find("main");
const [modelFile, tableFile] = ["model-file", "table-file"].map(find<HTMLInputElement>);
setUpTheme(find("theme"), () => {});

interface Opened {
  readonly model: Predictor;
  readonly read: () => RawRow;
}

let opened: Opened | undefined;
/** Counts what was asked: of answers that come late only the last one is shown. */
let asked = 0;
const files = new FilePanel(() => opened?.model);

// The model

/** Makes a form for a model. @throws WasmgradError when the file is no model; Error when it takes no rows */
async function open(bytes: Uint8Array, source: string): Promise<void> {
  const model = await loadModel(bytes);
  const { pipeline } = model;
  if (!pipeline) {
    const inputs = model.inputs.map(({ name, shape, dtype }) => `${name}: ${dtype} [${shape.join(", ")}]`).join("; ");
    model.dispose();
    throw new Error(
      `This model takes numbers (${inputs}), not rows of a table. npx wasmgrad train writes models that do.`,
    );
  }
  files.stop();
  opened?.model.dispose();
  const columns = formColumns(pipeline);
  opened = { model, read: makeForm(find<HTMLFormElement>("row"), columns, answer) };
  const learnt = pipeline.targets.map(({ column }) => column).join(", ");
  const size = `${(bytes.length / 1000).toFixed(1)} kB`;
  find("about").textContent =
    `${source}, ${size}: predicts ${learnt} from ${columns.map(({ name }) => name).join(", ")}.`;
  files.reset(pipeline.targets);
  setState("ready");
  await answer();
}

function setState(state: "loading" | "ready" | "failed"): void {
  main.dataset.state = state;
  find("loaded").hidden = state !== "loading";
  find("failure").hidden = state !== "failed";
  find<HTMLButtonElement>("choose").disabled = !opened;
}

/** Says what is wrong with a model; the one before it stays. */
function fail(error: unknown): void {
  find("failure-text").textContent = textOf(error);
  setState("failed");
}

/** The sentences of an error, and its code: names of classes are short letters where a bundler has made them small. */
function textOf(error: unknown): string {
  if (error instanceof WasmgradError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}

async function loadFirst(): Promise<void> {
  setState("loading");
  try {
    const response = await fetch(FIRST_MODEL);
    if (!response.ok) throw new Error(`The server has no model (status ${response.status}).`);
    await open(await withProgress(response), "penguins.safetensors");
  } catch (error) {
    fail(error);
  }
}

/** The bytes of a response, and how many have come. */
async function withProgress(response: Response): Promise<Uint8Array> {
  const bar = find<HTMLProgressElement>("loaded");
  const total = Number(response.headers.get("content-length"));
  if (!total || !response.body) return new Uint8Array(await response.arrayBuffer());
  bar.max = total;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body.getReader();
  for (let got = await reader.read(); !got.done; got = await reader.read()) {
    parts.push(got.value);
    bar.value += got.value.length;
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// One row

async function answer(): Promise<void> {
  const { model, read } = opened!;
  const mine = ++asked;
  try {
    const result = await model.predict(read());
    if (mine !== asked) return;
    find("problem").textContent = "";
    showAnswer(find("answer"), model.pipeline!.targets, result);
    find("answer").dataset.stale = "false";
  } catch (error) {
    if (mine !== asked) return;
    find("problem").textContent = textOf(error);
    find("answer").dataset.stale = "true";
  }
}

// Files

async function take(file: File | undefined): Promise<void> {
  if (!file) return;
  if (!/\.safetensors$/i.test(file.name)) return files.predict(file, textOf);
  try {
    await open(new Uint8Array(await file.arrayBuffer()), file.name);
  } catch (error) {
    fail(error);
  }
}

find("row").addEventListener("submit", (event) => event.preventDefault());
find("open").addEventListener("click", () => modelFile.click());
find("choose").addEventListener("click", () => tableFile.click());
find("retry").addEventListener("click", loadFirst);
find("stop").addEventListener("click", () => files.stop());
for (const input of [modelFile, tableFile]) {
  input.addEventListener("change", () => {
    void take(input.files?.[0]);
    // The same file can be chosen again.
    input.value = "";
  });
}

const isOfFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
addEventListener("dragover", (event) => {
  if (!isOfFiles(event)) return;
  event.preventDefault();
  find("drop").hidden = false;
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) find("drop").hidden = true;
});
addEventListener("drop", (event) => {
  if (!isOfFiles(event)) return;
  event.preventDefault();
  find("drop").hidden = true;
  void take(event.dataTransfer?.files[0]);
});

if (typeof WebAssembly === "undefined") {
  find("notice").textContent = "WebAssembly is not available here, so plain JavaScript computes.";
  find("notice").hidden = false;
}
await loadFirst();
