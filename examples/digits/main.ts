/** `npm start`: learns to read digits, shows what came of it, saves the model, and compares the engines. */
import { ArgumentError, WasmgradError } from "wasmgrad";
import { loadDataset } from "./datasets";
import { hashWeights, judge } from "./findings";
import { HELP, type RunOptions, readOptions } from "./options";
import { Report } from "./report";
import { compareEngines, createModel, describeLayers, train } from "./training";

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
/** What shells report of a program that was interrupted: 128 + the number of SIGINT. */
const EXIT_INTERRUPTED = 130;

async function run(options: RunOptions, signal: AbortSignal, report: Report): Promise<void> {
  const data = await loadDataset(options.dataset);
  report.data(data);
  const model = createModel(options, options.engine);
  const dataBytes = data.train.images.data.byteLength + data.train.labels.data.byteLength;
  report.print(model.summary({ batchSize: options.batchSize, dataBytes }), "");
  const { epochs } = options;
  const timing = await train(model, data, options, { epochs, signal, callbacks: [report.progressBar()] });
  report.trained(timing);

  const { images, labels } = data.test;
  const { accuracy } = await model.evaluate(images, labels, { batchSize: 256 });
  const predictions = await model.predict(images, { batchSize: 256 });
  report.findings(accuracy, judge(predictions, data.test), data);
  signal.throwIfAborted();

  const weightsSha256 = hashWeights(await model.getWeights());
  await model.save(options.output);
  report.section("saved", options.output, `weights sha256 ${weightsSha256}`);

  let jsRatio: number | null = null;
  if (options.compares) {
    report.section("the same epoch on both engines");
    const callbacksFor = (engine: string) => [report.heading(engine), report.progressBar()];
    const comparison = await compareEngines(data, options, signal, callbacksFor);
    report.comparison(comparison);
    jsRatio = comparison.ratio;
  }
  if (!options.json) return;
  const { dataset, seed } = options;
  const { seconds: trainSeconds, samplesPerSecond } = timing;
  const result = { dataset, model: describeLayers(options), seed, epochs, testAccuracy: accuracy };
  report.print(JSON.stringify({ ...result, trainSeconds, samplesPerSecond, jsRatio, weightsSha256 }));
}

async function main(args: readonly string[]): Promise<number> {
  const report = new Report(process.stdout);
  const interruption = new AbortController();
  // Only the first Ctrl-C is caught: a second one ends the process at once.
  process.once("SIGINT", () => interruption.abort());
  try {
    const options = readOptions(args);
    if (options === "help") report.print(HELP);
    else await run(options, interruption.signal, report);
    return 0;
  } catch (error) {
    if (interruption.signal.aborted && error === interruption.signal.reason) {
      report.leaveBar();
      console.error("Interrupted.");
      return EXIT_INTERRUPTED;
    }
    if (!(error instanceof WasmgradError)) throw error;
    console.error(error.message);
    return error instanceof ArgumentError ? EXIT_USAGE : EXIT_FAILURE;
  }
}

process.exitCode = await main(process.argv.slice(2));
