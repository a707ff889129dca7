// The page: what it shows of the training, and what can be asked of it. The training itself is in trainer.ts, in a worker.
import { LossChart, type Reading } from "./chart";
import { connect } from "./connect";
import { duration, Rate, significant, whole } from "./figures";
import type { NewModel, Port, Report, Request, SizeName, Wishes } from "./messages";
import { Texts } from "./texts";
import { setUpTheme } from "../../theme";

/** Steps of a new model; `?steps=500` in the address asks for others. */
const STEPS = readSteps(new URLSearchParams(location.search).get("steps")) ?? 2000;
const MORE_STEPS = 1000;
/** Work that is worth a question before it is thrown away. */
const STEPS_WORTH_ASKING = 100;
/** Milliseconds from one update of the figures to the next: nobody reads faster. */
const FIGURES_MILLISECONDS = 250;

type State = "loading" | "reading" | "running" | "paused" | "finished" | "failed";

function readSteps(given: string | null): number | undefined {
  const steps = Number(given ?? Number.NaN);
  return Number.isInteger(steps) && steps > 0 && steps <= 1e6 ? steps : undefined;
}

const find = <Kind extends HTMLElement>(id: string) => document.getElementById(id) as Kind;
const main = find("main");
const [play, restart, save, open, retry] = ["play", "restart", "save", "open", "retry"].map(find<HTMLButtonElement>);
const [prompt, temperature, seed, file] = ["prompt", "temperature", "seed", "file"].map(find<HTMLInputElement>);
const every = find<HTMLSelectElement>("every");

const chart = new LossChart(find("chart"), showReading);
const texts = new Texts(find("log"), find("no-texts"), (step) => chart.look(step));
setUpTheme(find("theme"), () => chart.recolour());

let port: Port;
let alphabet: ReadonlySet<string> = new Set();
let state: State = "loading";
/** Whether a model is there, which a failure before the first one leaves out. */
let hasModel = false;
let [step, lastStep] = [0, STEPS];
let charactersOfStep = 0;
let rate = new Rate();
/** Seconds of steps, and of all that was done while it ran: what is written takes time, too. */
let [stepSeconds, runningSeconds, runningSince] = [0, 0, 0];
let lastFigures = 0;

const ask = (request: Request, transfer: Transferable[] = []) => port.postMessage(request, transfer);

// What it shows

const statusOf: Record<State, () => string> = {
  loading: () => "Loading the book.",
  reading: () => "Reading the book and making the model.",
  running: () => "It is learning.",
  paused: () => "Paused. Change the beginning or the temperature and let it write, or go on.",
  finished: () =>
    `Finished after ${whole(step)} steps. Let it write, save it, or train on for ${whole(MORE_STEPS)} more.`,
  failed: () => "Stopped by an error.",
};

function setState(next: State): void {
  if (state === "running") runningSeconds += (performance.now() - runningSince) / 1000;
  state = next;
  runningSince = performance.now();
  main.dataset.state = next;
  find("status").textContent = statusOf[next]();
  const isReady = next === "running" || next === "paused" || next === "finished";
  find("loading").hidden = next !== "loading" && next !== "reading";
  find("failure").hidden = next !== "failed";
  play.textContent = { paused: "Go on", finished: "Train on" }[next as string] ?? "Pause";
  for (const button of [play, save, open, find<HTMLButtonElement>("write")]) button.disabled = !isReady;
  restart.disabled = !isReady && !(next === "failed" && hasModel);
  retry.textContent = hasModel ? "Start over" : "Try again";
  showFigures();
}

function showFigures(): void {
  lastFigures = performance.now();
  find("step").textContent = hasModel ? `${whole(step)} of ${whole(lastStep)}` : "–";
  const { perSecond } = rate;
  find("speed").textContent = perSecond === undefined ? "–" : significant(perSecond * charactersOfStep);
  const running = runningSeconds + (state === "running" ? (performance.now() - runningSince) / 1000 : 0);
  const extra = stepSeconds > 0 ? Math.max(1, running / stepSeconds) : 1;
  const isUnderWay = (state === "running" || state === "paused") && perSecond !== undefined;
  find("left").textContent = isUnderWay ? duration((extra * (lastStep - step)) / perSecond) : "–";
  const progress = find<HTMLProgressElement>("progress");
  progress.value = hasModel ? step / lastStep : 0;
}

function showReading(reading: Reading | undefined): void {
  const figure = (loss: number | undefined) => loss?.toFixed(2) ?? "–";
  find("read-step").textContent = reading ? whole(reading.step) : "–";
  find("read-training").textContent = figure(reading?.training);
  find("read-validation").textContent = figure(reading?.validation);
}

function showLoading(loaded: number, total: number | undefined): void {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const bar = find<HTMLProgressElement>("loaded");
  if (total !== undefined) [bar.max, bar.value] = [total, loaded];
  const of = total === undefined ? "" : ` of ${megabytes(total)}`;
  find("loading-text").textContent = `Loading the book: ${megabytes(loaded)}${of} MB`;
}

function notice(id: string, text: string): void {
  if (document.getElementById(id)) return;
  const item = document.createElement("li");
  item.id = id;
  item.textContent = text;
  find("notices").append(item);
}

function fail(message: string): void {
  find("failure-text").textContent = message;
  setState("failed");
}

// What the trainer tells

function begin(report: Extract<Report, { type: "began" }>): void {
  hasModel = true;
  [step, lastStep] = [report.step, report.steps];
  charactersOfStep = report.batchSize * report.context;
  rate = new Rate();
  [stepSeconds, runningSeconds] = [0, 0];
  chart.begin(step);
  texts.clear();
  const threads = report.threads === 1 ? "one thread" : `${report.threads} threads`;
  find("about").textContent =
    `A decoder-only transformer with ${whole(report.weights)} weights that sees ${report.context} characters. It trains on ${threads}, ` +
    `${report.batchSize} pieces of the book a step.`;
  if (!report.hasWebAssembly) {
    notice(
      "no-webassembly",
      "WebAssembly is not available here, so plain JavaScript computes: the same steps, but many times slower. Allow WebAssembly for this page, or use another browser.",
    );
  } else if (!crossOriginIsolated) {
    notice(
      "one-thread",
      "One thread: this page is not cross-origin isolated, so threads may not share memory. It works, but more slowly.",
    );
  }
}

const handlers: { readonly [Type in Report["type"]]: (report: Extract<Report, { type: Type }>) => void } = {
  loading: ({ loaded, total }) => showLoading(loaded, total),
  reading: () => {
    find("loading-text").textContent = "Counting characters";
    setState("reading");
  },
  book: (report) => {
    alphabet = new Set(report.alphabet);
    chart.setBounds(report.bounds);
    checkPrompt();
  },
  began: begin,
  state: (report) => {
    lastStep = report.steps;
    setState(report.state);
  },
  steps: ({ steps }) => {
    step = steps.at(-1)!.step;
    for (const { seconds } of steps) {
      rate.add(1, seconds);
      stepSeconds += seconds;
    }
    chart.add(steps);
    if (performance.now() - lastFigures > FIGURES_MILLISECONDS) showFigures();
  },
  validation: ({ step, loss }) => chart.addValidation(step, loss),
  text: (report) => texts.begin(report),
  piece: ({ id, piece }) => texts.add(id, piece),
  written: ({ id, shareOfWords }) => texts.end(id, shareOfWords),
  saved: ({ bytes, step }) => download(bytes, `moby-dick-${step}-steps.safetensors`),
  refused: ({ message }) => {
    find("status").textContent = message;
  },
  failed: ({ message }) => fail(message),
};

function download(bytes: Uint8Array<ArrayBuffer>, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// What can be asked of it

const readWishes = (): Wishes => ({
  prompt: prompt.value,
  temperature: Number(temperature.value),
  writeEvery: Number(every.value),
});

function readModel(): NewModel {
  const size = document.querySelector<HTMLInputElement>('input[name="size"]:checked')!.value as SizeName;
  const given = Math.floor(Number(seed.value));
  if (!(given >= 0 && given <= 999_999)) seed.value = "1";
  return { size, seed: Number(seed.value) };
}

/** Whether the model can go on from what was typed. */
function checkPrompt(): boolean {
  // The book has typographic apostrophes only.
  if (prompt.value.includes("'")) prompt.value = prompt.value.replaceAll("'", "’");
  const unknown = [...prompt.value].find((character) => !alphabet.has(character));
  const error =
    prompt.value === ""
      ? "Type a word or two to begin with."
      : unknown !== undefined && alphabet.size > 0
        ? `The book has no “${unknown}”, so the model does not know it.`
        : "";
  find("prompt-error").textContent = error;
  prompt.setAttribute("aria-invalid", String(error !== ""));
  return error === "";
}

function sendWishes(): boolean {
  find("temperature-value").textContent = Number(temperature.value).toFixed(1);
  const isPossible = checkPrompt();
  if (isPossible) ask({ type: "wishes", wishes: readWishes() });
  return isPossible;
}

function openTrainer(): void {
  setState("loading");
  const corpusUrl = new URL("/moby-dick.txt", location.href).href;
  ask({ type: "open", corpusUrl, model: readModel(), wishes: readWishes(), steps: STEPS });
}

/** Whether the reader wants to lose what the model has learned. */
async function isSure(): Promise<boolean> {
  if (step < STEPS_WORTH_ASKING || state === "failed") return true;
  const dialog = find<HTMLDialogElement>("sure");
  find("sure-text").textContent =
    `The model forgets what it has learned in ${whole(step)} steps. Save it first if you want to keep it.`;
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "yes";
}

async function startOver(): Promise<void> {
  if (await isSure()) ask({ type: "restart", model: readModel(), steps: STEPS });
}

play.addEventListener("click", () => {
  if (state === "running") ask({ type: "pause" });
  else if (state === "paused") ask({ type: "resume" });
  else ask({ type: "more", steps: MORE_STEPS });
});
restart.addEventListener("click", startOver);
retry.addEventListener("click", () => (hasModel ? startOver() : openTrainer()));
save.addEventListener("click", () => ask({ type: "save" }));
open.addEventListener("click", () => file.click());
file.addEventListener("change", async () => {
  const [chosen] = file.files ?? [];
  file.value = "";
  if (!chosen || !(await isSure())) return;
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  ask({ type: "load", bytes, steps: MORE_STEPS }, [bytes.buffer]);
});
for (const control of [prompt, temperature, every]) control.addEventListener("input", sendWishes);
find("wishes").addEventListener("submit", (event) => {
  event.preventDefault();
  if (sendWishes()) ask({ type: "write" });
});

const connected = await connect(fail);
port = connected.port;
if (!connected.isWorker) {
  notice(
    "no-workers",
    "No workers: this browser starts none, so the model trains beside the drawing and the page may stutter.",
  );
}
port.addEventListener("message", ({ data }) => {
  const report = data as Report;
  (handlers[report.type] as (report: Report) => void)(report);
});
openTrainer();
