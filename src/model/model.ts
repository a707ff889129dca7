import { inputPorts } from "../training/inputPorts";
import { batchSizeOf } from "../graph/batches";
import { type Kind, type Recipe, trainedWeights } from "../compiler/compile";
import { lengthOfColumns, type ModelGraph } from "../compiler/lower";
import { Lowerings } from "../compiler/lowerings";
import { type MemorySizes, mapProgram, NO_CAPACITY } from "../runtime/memoryMap";
import type { Dataset } from "../data/dataset";
import { isDataset } from "../data/isDataset";
import type { TensorsLike } from "../data/item";
import { isDataAndShape, Tensor, type TensorLike } from "../tensor/tensor";
import { sizeOf } from "../tensor/shape";
import { ArgumentError, MemoryLimitError, StateError } from "../errors";
import { type Node, shapeOf } from "../graph/node";
import { readLength, usualLength } from "../graph/openShapes";
import type { Layer, LayerResult } from "../graph/layer";
import { boolean, checkOptions, didYouMean, finiteNumber, integer, show } from "../options";
import type { Callback, FitContext, TrainedModel } from "../training/callback";
import { breatheAmid, largestBatch, loadAlone, ResidentFeed } from "../training/feed";
import { Fit, type TrainingState } from "../training/fit";
import { type FitFeeds, feedOf, fitFeeds } from "../training/fitFeeds";
import {
  type CheckedFitOptions,
  type FitDatasetOptions,
  type FitOptions,
  readFitSettings,
} from "../training/fitOptions";
import { History } from "../training/history";
import { learningRateAt } from "../optimizers/optimizers";
import { predictionStep } from "../program/stepNumbers";
import { evaluatePass, nextRun, StepBudget, runSteps, stepCount } from "../training/pass";
import { measuredNames, type Results } from "../training/results";
import { lendValues, takeValues } from "../training/borrowedTensor";
import { readInputs } from "../training/inputs";
import { predictSync } from "./predictSync";
import { checkedLength, ownSamples, readWeighted, type Samples, type WeightOptions } from "../training/samples";
import type { SaveTarget } from "../io/files";
import { type CompileOptions, readCompileOptions } from "./compileOptions";
import { describeProgram, summarize } from "./describe";
import { encodeModel } from "../saving/encodeModel";
import { NestedModel } from "../layers/nestedModel";
import type { Gradients } from "../training/gradients";
import { readRecord, readTensors, readWeights, writeWeights } from "../saving/readWeights";
import { type EngineKind, Runtime } from "../runtime/runtime";
import type { Pipeline, RawRows, ResultFor } from "../pipeline/pipeline";
import { isTokenizer, type Tokenizer } from "../text/tokenizer";
import type { Stream, StreamOptions } from "../streams/stream";
import type { Structure } from "../graph/structure";
import { MemoryLock } from "../runtime/memoryLock";
import { drawMissing } from "../runtime/weightCopies";
import { WeightTable } from "../compiler/weightTable";

/** What a model predicts: a tensor, or of several outputs one for each, in their order. */
export type Prediction = Tensor | readonly Tensor[];

/** The outputs of a model as a layer of another: a node for each tensor that it predicts. */
export type NodesOf<Output extends Prediction> = Output extends readonly Tensor[]
  ? { readonly [Index in keyof Output]: Node }
  : Node;

/** How many samples are computed at once. */
export interface BatchSizeOptions {
  /** Samples a step. Default 32. */
  batchSize?: number | undefined;
}

/** What a program is for. */
export interface ProgramOptions extends BatchSizeOptions {
  /** Of the sequences, in models that leave it open. Default the `maxLength` of `compile`, else 32. */
  length?: number | undefined;
}

/** Options of `predict` and `predictSync`. */
export interface PredictOptions extends BatchSizeOptions {
  /**
   * Whether layers are as in training: dropout and noise act, batch normalization takes the moments of the batch and leaves its
   * averages alone, own layers are called with `training: true`. Default false.
   */
  training?: boolean | undefined;
}

/** What memory is planned for. */
export interface MemoryOptions extends ProgramOptions {
  /** Bytes of the samples held at once. Default 0. */
  dataBytes?: number | undefined;
}

/** What a compiled model has besides its recipe. */
export interface Compiled {
  readonly recipe: Recipe;
  readonly engine: EngineKind;
  readonly runtime: Runtime;
  readonly state: TrainingState;
}

/**
 * A neural network: layers, their weights, and everything that is done with them. Made by `sequential` or `model`. The
 * parameter is what `predict` returns: a tensor, or of a model with several outputs one for each.
 */
export class Model<Output extends Prediction = Tensor<"float32">> implements TrainedModel {
  #structure?: Structure;
  #trainable = true;
  #tokenizer?: Tokenizer | undefined;
  #pipeline?: Pipeline | undefined;
  /** The model as a layer of others. */
  #layer?: NestedModel;
  #state?: Compiled;
  readonly #lock = new MemoryLock();
  /** Updates under earlier optimizers, of a model that comes from a file. */
  #pastSteps = 0;
  /**
   * What the last `fit` has measured so far, also while it runs and when it has ended with an error or an abort: the epochs that
   * are complete. Undefined before the first.
   */
  history?: History;
  #isDisposed = false;
  /** Batches predicted so far. */
  #predictedBatches = 0;

  /** @internal Models are made by `sequential` and `model`. */
  constructor(
    /** Begins its messages, and is its name in a file. */
    readonly name: string,
    /** Determines initial weights, order of samples and dropout. */
    readonly seed: number,
    structure?: Structure,
  ) {
    this.#structure = structure;
  }

  /** @internal Replaces what the model consists of, before anything has been done with it. */
  protected define(structure: Structure): void {
    if (this.#state || this.#layer) throw new StateError(`${this.name}: add all layers before the model is used.`);
    this.#structure = structure;
  }

  get #built(): Structure {
    if (!this.#structure) throw new StateError(`${this.name}: the model has no layers yet.`);
    return this.#structure;
  }

  /** What computes the model: as compiled, else for predictions only. */
  get #compiled(): Compiled {
    return this.#state ?? this.#begin(new Lowerings(this.#predictionRecipe), "wasm");
  }

  /** What the model is, without a way to train it. */
  get #predictionRecipe(): Recipe {
    const weights = new WeightTable(this.#built.layers, this.#trainable);
    return { model: { ...this.#built, weights, seed: this.seed }, objectives: [] };
  }

  /** The graphs to tell of: looking at a model changes nothing. */
  get #lowerings(): Lowerings {
    return this.#state?.runtime.lowerings ?? new Lowerings(this.#predictionRecipe);
  }

  /** @internal Says how many updates there were under earlier optimizers, before the first compile. */
  comesAfter(pastSteps: number): void {
    this.#pastSteps = pastSteps;
  }

  /** The weights stay with the layers; what the former memory alone has is taken over when it is needed. */
  #begin(lowerings: Lowerings, engine: EngineKind): Compiled {
    const runtime = new Runtime(lowerings, engine);
    const former = this.#state?.runtime;
    if (former) former.copies.isRetired = true;
    this.#lock.retire(former);
    const { recipe } = lowerings;
    const { pastSteps = 0 } = recipe.model;
    const { epochIndex = 0 } = this.#state?.state ?? {};
    this.#state = { recipe, engine, runtime, state: { stepIndex: 0, pastSteps, epochIndex } };
    return this.#state;
  }

  /** @internal What kind of layer the model is in another. */
  protected get kind(): "model" | "sequential" {
    return "model";
  }

  /** @internal The model as a layer, the same for every use. */
  get asLayer(): Layer<LayerResult> {
    this.#checkUsable("apply");
    const name = this.name === this.kind ? undefined : this.name;
    this.#layer ??= new NestedModel(this.kind, { name, trainable: this.#trainable }, this.#built);
    return this.#layer;
  }

  /**
   * Uses the model as a layer of another, where its weights are called `inner/dense/kernel`. They are the same weights:
   * whoever trains them, both models have what came of it.
   *
   * @returns its output, or of a model with several an array of them. Where that cannot be known, as after `loadModel`:
   *   `apply<Node[]>(x)`
   * @throws ShapeError when the inputs do not fit, StateError when it has been disposed
   */
  apply<Result extends LayerResult = NodesOf<Output>>(input: Node | readonly Node[]): NoInfer<Result> {
    return this.asLayer.apply(input) as Result;
  }

  /** Whether training changes the weights, here and where the model is a layer. Takes effect at the next `compile`. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(trainable: boolean) {
    this.#trainable = boolean(this.name, "trainable", trainable);
    if (this.#layer) this.#layer.trainable = trainable;
  }

  /** What turns text into the ids that the model takes. `generate` uses it, and model files keep it. Default: none. */
  get tokenizer(): Tokenizer | undefined {
    return this.#tokenizer;
  }

  /** @throws ArgumentError when it is no tokenizer */
  set tokenizer(tokenizer: Tokenizer | undefined) {
    if (tokenizer !== undefined && !isTokenizer(tokenizer)) {
      throw new ArgumentError(
        `${this.name}: tokenizer must have encode, decode and vocabularySize, as text.characters() makes one, got ${show(tokenizer)}.`,
      );
    }
    this.#tokenizer = tokenizer;
  }

  /**
   * How raw rows become what the model takes, and its outputs answers. With it `predict` takes rows as they are, and model files
   * keep it. Default: none.
   */
  get pipeline(): Pipeline | undefined {
    return this.#pipeline;
  }

  /** @throws ArgumentError when it is no pipeline; ShapeError when it is one for a model of other inputs or outputs */
  set pipeline(pipeline: Pipeline | undefined) {
    if (pipeline !== undefined && typeof (pipeline as Partial<Pipeline> | null)?.takes !== "function") {
      throw new ArgumentError(`${this.name}: pipeline must be what pipeline() gives, got ${show(pipeline)}.`);
    }
    pipeline?.checkModel(this.name, this.#built.inputs, this.#built.outputs);
    this.#pipeline = pipeline;
  }

  /** @internal Everything that lasts, live. */
  internals(who: string): Compiled {
    this.#checkUsable(who);
    return this.#compiled;
  }

  get #graph(): ModelGraph {
    return this.#compiled.recipe.model;
  }

  /** The layers, in the order in which their numbers are computed; a model used as a layer is one of them. */
  get layers(): readonly Layer[] {
    return this.#built.layers;
  }

  /**
   * The layer of this name.
   *
   * @throws ArgumentError when no layer has it
   */
  getLayer(name: string): Layer {
    const found = this.layers.find((layer) => layer.name === name);
    if (found) return found;
    const names = this.layers.map((layer) => layer.name);
    throw new ArgumentError(`getLayer: no layer is named ${show(name)}.${didYouMean(String(name), names)}`);
  }

  /**
   * Chooses optimizer, loss and metrics. Weights stay; the optimizer begins anew, and steps are counted from 0 again. What is
   * drawn at random, the order of samples and what dropout drops, goes on where it was.
   *
   * @throws ArgumentError for unknown names and options, ShapeError when loss and output do not fit,
   *   MemoryLimitError when not even a batch of one fits into memory
   */
  compile(options: CompileOptions): void {
    this.#checkUsable("compile");
    this.#lock.checkIdle("compile");
    const chosen = readCompileOptions(options, this.#built);
    const weights = new WeightTable(this.#built.layers, this.#trainable);
    const past = this.#state?.state;
    const pastSteps = past ? past.pastSteps + past.stepIndex : this.#pastSteps;
    const lowerings = new Lowerings({ model: { ...this.#built, weights, seed: this.seed, pastSteps }, ...chosen });
    checkFits(lowerings);
    drawMissing(weights, this.seed);
    this.#begin(lowerings, chosen.engine);
  }

  /**
   * Trains. Every epoch goes once over the samples, in batches; between slices of about 10 ms the event loop runs.
   *
   * @param dataset inputs with their targets
   * @returns one number an epoch for the loss and every metric
   * @throws before any work: ArgumentError, ShapeError, DataError, MemoryLimitError, StateError; during it:
   *   NonFiniteError, the reason of an aborted signal, or what a callback threw. The weights stay usable.
   */
  async fit(dataset: Dataset, options?: FitDatasetOptions): Promise<History>;
  /**
   * Trains. Every epoch goes once over the samples, in batches; between slices of about 10 ms the event loop runs.
   *
   * @param x inputs `[samples, …]`
   * @param y targets `[samples, …]`
   * @returns one number an epoch for the loss and every metric
   * @throws before any work: ArgumentError, ShapeError, DataError, MemoryLimitError, StateError; during it:
   *   NonFiniteError, the reason of an aborted signal, or what a callback threw. The weights stay usable.
   */
  async fit(x: TensorsLike, y: TensorsLike, options?: FitOptions): Promise<History>;
  async fit(
    x: TensorsLike | Dataset,
    yOrOptions?: TensorsLike | FitDatasetOptions,
    rest?: FitOptions,
  ): Promise<History> {
    this.#checkTrainable("fit");
    this.#lock.checkIdle("fit", true);
    const isOfDataset = isDataset(x);
    if (isOfDataset) refuseTargets("fit", yOrOptions);
    const options = (isOfDataset ? (yOrOptions as FitOptions) : rest) ?? {};
    const settings = readFitSettings(options, this.#usualBatch);
    // What the arrays hold now is what counts: they are read before anything is waited for.
    const feeds = fitFeeds(this.#compiled.recipe, x, yOrOptions as TensorsLike, settings.batchSize, options);
    feeds.catch(() => {});
    return this.#train("fit", async () => this.#fit(await feeds, settings), settings.signal);
  }

  /** Does a training: nobody else may change its weights, and other models that use them see what it has reached. */
  #train<T>(who: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#lock.train(
      who,
      async () => {
        const { copies } = this.#compiled.runtime;
        copies.beginTraining(who);
        try {
          return await work();
        } finally {
          copies.endTraining();
        }
      },
      signal,
    );
  }

  async #fit({ feed, validation }: FitFeeds, { isVerbose, ...given }: CheckedFitOptions): Promise<History> {
    const { runtime, state } = this.#compiled;
    given.signal?.throwIfAborted();
    // Reading, planning, loading and the first step are tasks of their own: together they would keep a page from drawing.
    await breatheAmid(feed);
    runtime.writesSlots();
    const settings = isVerbose ? { ...given, callbacks: [...given.callbacks, await makeProgressBar()] } : given;
    const { recipe } = runtime;
    const dataBytes = feed.dataBytes + (validation?.dataBytes ?? 0);
    await runtime.reserve(
      {
        trainBatch: largestBatch(feed),
        evaluateBatch: validation ? largestBatch(validation) : 0,
        order: feed.order + (validation?.order ?? 0),
        dataBytes,
        weighted: feed.isWeighted || validation?.isWeighted ? 1 : 0,
      },
      [...feed.programs(recipe, "train"), ...(validation?.programs(recipe, "evaluate") ?? [])],
    );
    runtime.copies.changed("trained");
    runtime.dataEnd = dataBytes;
    await feed.load(runtime, "train", 0, 0);
    await validation?.load(runtime, "evaluate", feed.dataBytes, feed.order);
    await breatheAmid(feed);
    const params = { epochs: settings.epochs, steps: feed.steps, batchSize: feed.batchSize, samples: feed.count };
    const history = new History(params);
    this.history = history;
    const context = this.#fitContext(params, () => fit);
    const fit = new Fit(runtime, feed, validation, state, settings, context, history);
    return fit.run();
  }

  #fitContext(params: FitContext["params"], training: () => Fit): FitContext {
    const { recipe, state } = this.#compiled;
    return {
      model: this,
      params,
      measured: measuredNames(recipe),
      stop: () => training().stop(),
      get batchLoss() {
        return training().batchLoss;
      },
      get learningRate() {
        return state.learningRate ?? learningRateAt(recipe.optimizer!, state.stepIndex);
      },
      set learningRate(rate: number) {
        state.learningRate = finiteNumber("fit", "learningRate", rate, { min: 0 });
      },
    };
  }

  /**
   * Loss and metrics in inference mode: the mean over all samples. Of sequences, the loss of a sample is the mean over its places, so
   * that every sample counts the same however long its batch is; metrics count every place the same. What `ops` draw at random is
   * new in every batch, and the same in every evaluation.
   *
   * @throws ArgumentError, ShapeError, DataError before any work
   */
  async evaluate(dataset: Dataset, options?: BatchSizeOptions): Promise<Results>;
  /**
   * Loss and metrics in inference mode: the mean over all samples. Of sequences, the loss of a sample is the mean over its places, so
   * that every sample counts the same however long its batch is; metrics count every place the same. What `ops` draw at random is
   * new in every batch, and the same in every evaluation.
   *
   * @throws ArgumentError, ShapeError, DataError before any work
   */
  async evaluate(x: TensorsLike, y: TensorsLike, options?: BatchSizeOptions & WeightOptions): Promise<Results>;
  async evaluate(
    x: TensorsLike | Dataset,
    yOrOptions?: TensorsLike | BatchSizeOptions,
    rest?: BatchSizeOptions & WeightOptions,
  ): Promise<Results> {
    this.#checkTrainable("evaluate");
    const isOfDataset = isDataset(x);
    if (isOfDataset) refuseTargets("evaluate", yOrOptions);
    const options: BatchSizeOptions & WeightOptions = (isOfDataset ? (yOrOptions as BatchSizeOptions) : rest) ?? {};
    checkOptions("evaluate", options, isOfDataset ? ["batchSize"] : ["batchSize", "sampleWeight", "classWeight"]);
    const batchSize = integer("evaluate", "batchSize", options.batchSize ?? this.#usualBatch);
    const reading = feedOf(this.#compiled.recipe, x, yOrOptions as TensorsLike, batchSize, "evaluate", options);
    reading.catch(() => {});
    return this.#read(async (runtime) => {
      const feed = await reading;
      await loadAlone(runtime, "evaluate", feed);
      return this.#carrying(runtime, evaluatePass(runtime, feed));
    }, isOfDataset);
  }

  /** How many samples a batch has where nobody says so. */
  get #usualBatch(): number {
    return batchSizeOf(this.#graph) ?? USUAL_BATCH;
  }

  /** Waits for a pass over data behind which layers have another state. */
  async #carrying<T>(runtime: Runtime, pass: Promise<T>): Promise<T> {
    try {
      return await pass;
    } finally {
      if (!runtime.isBeside) runtime.copies.changed("carried");
    }
  }

  /** Does something with the weights as they are, one call after the other. */
  #read<T>(work: (runtime: Runtime) => Promise<T>, isStream = false): Promise<T> {
    return this.#lock.read(this.#compiled.runtime, work, isStream);
  }

  /**
   * The outputs for inputs `[samples, …]`, in inference mode, or with `training: true` as in training. Where the model leaves the
   * length of sequences open, they may have any that its layers can work on, whatever it was trained on.
   *
   * What is drawn at random, a mask of dropout or `ops.randomNormal`, is new in every batch of every call. It depends on the
   * model's seed and on how many batches have been predicted since the model was made or loaded: the same calls give the same
   * bits.
   *
   * A model with a `pipeline` takes raw rows, too: a table, an array of objects, or one object. It answers for each target, by its
   * name, with the word and its probability, or with the number in the units of the table.
   *
   *     const { species } = await model.predict({ island: "Dream", mass: 3800 });
   *
   * @returns a float32 tensor `[samples, …]`; of a model with several outputs an array of them, as many as `model()` was
   *   given. Where that cannot be known, as after `loadModel`: `predict<Tensor<"float32">[]>(x)`. For one object its answer, for
   *   a table or an array of objects an array of answers
   * @throws ArgumentError, ShapeError, DataError before any work
   */
  async predict<Result extends Prediction = Output, X extends TensorsLike | RawRows = TensorsLike>(
    x: X,
    options: PredictOptions = {},
  ): Promise<ResultFor<X, Result>> {
    const predict = (inputs: TensorsLike) => this.#predictTensors(inputs, options);
    const result = this.#pipeline?.takes(x) ? this.#pipeline.answer(x, predict) : predict(x as TensorsLike);
    return (await result) as ResultFor<X, Result>;
  }

  async #predictTensors(x: TensorsLike, options: PredictOptions): Promise<Tensor | Tensor[]> {
    const { batchSize, kind } = this.#readPredictOptions("predict", options);
    const inputs = readInputs(inputPorts(this.#graph), x, "predict", takeValues);
    checkedLength(this.#graph, inputs, "predict");
    const samples: Samples = { x: inputs, y: [], count: inputs[0].shape[0] };
    const first = this.#predictedBatches;
    this.#predictedBatches += Math.ceil(samples.count / batchSize);
    const feed = new ResidentFeed(samples, batchSize);
    const outputs = await this.#read((runtime) => this.#carrying(runtime, this.#predict(runtime, feed, kind, first)));
    return outputs.length === 1 ? outputs[0] : outputs;
  }

  /**
   * `predict` at once, without a promise: on this thread, and as long as it takes. For small models in loops that cannot wait,
   * such as those of games. WebAssembly must be there: await `predict(x)` once before, with the same `training`; its batch is the
   * largest that is computed at a time here. Of a model with a `pipeline` it takes raw rows, as `predict` does.
   *
   * @throws ArgumentError, ShapeError, DataError before any work; ThreadError when the model runs in a worker; StateError before
   *   the first `predict`, and while the model is in use
   */
  predictSync<Result extends Prediction = Output, X extends TensorsLike | RawRows = TensorsLike>(
    x: X,
    options: PredictOptions = {},
  ): ResultFor<X, Result> {
    const predict = (inputs: TensorsLike) => this.#predictTensorsSync(inputs, options);
    const pipeline = this.#pipeline?.takes(x) ? this.#pipeline : undefined;
    return (pipeline ? pipeline.answerAtOnce(x as RawRows, predict) : predict(x as TensorsLike)) as ResultFor<
      X,
      Result
    >;
  }

  #predictTensorsSync(x: TensorsLike, options: PredictOptions): Tensor | Tensor[] {
    const { batchSize, kind } = this.#readPredictOptions("predictSync", options);
    const inputs = readInputs(inputPorts(this.#graph), x, "predictSync");
    checkedLength(this.#graph, inputs, "predictSync");
    this.#lock.checkFree("predictSync");
    const first = this.#predictedBatches;
    const { outputs, batches } = predictSync(this.#compiled.runtime, inputs, { batchSize, kind, first });
    this.#predictedBatches += batches;
    return outputs.length === 1 ? outputs[0] : outputs;
  }

  #readPredictOptions(who: string, options: PredictOptions): { batchSize: number; kind: Kind } {
    this.#checkUsable(who);
    checkOptions(who, options, ["batchSize", "training"]);
    const batchSize = integer(who, "batchSize", options.batchSize ?? this.#usualBatch);
    return { batchSize, kind: boolean(who, "training", options.training ?? false) ? "predictTraining" : "predict" };
  }

  /** @param first how many batches have been predicted before */
  async #predict(runtime: Runtime, feed: ResidentFeed, kind: Kind, first: number): Promise<Tensor[]> {
    await loadAlone(runtime, kind, feed);
    const portion = feed.next(0, 0)!;
    const length = lengthOfColumns(this.#graph, portion.feeds.x);
    const shapes = this.#graph.outputs.map((output) => shapeOf(output, length));
    const outputs = shapes.map((shape) => new Float32Array(feed.count * sizeOf(shape)));
    const budget = new StepBudget(runtime);
    for (let step = 0; step < stepCount(portion); step++) {
      const run = nextRun(runtime, kind, portion, step, 1);
      const start = performance.now();
      const pending = runSteps(runtime, portion, run, predictionStep(first + step));
      if (typeof pending !== "number") await pending;
      run.program.lowering.outputs.forEach((value, i) => {
        outputs[i].set(runtime.read(run.program, value), step * portion.batchSize * sizeOf(shapes[i]));
      });
      if (budget.ran(1, start)) await budget.breathe();
    }
    return outputs.map((data, i) => new Tensor(data, [feed.count, ...shapes[i]]));
  }

  /**
   * The model one step of time after the other: for sensors, games and text. It remembers what it has seen (states of recurrent layers,
   * keys and values of causal attention, the past of causal convolutions), so that outputs are bit for bit those of the whole sequence
   * at once. It has the weights of now: what is trained later changes it no more.
   *
   *     const stream = await model.stream({ batchSize: 1 });
   *     const y = await stream.push([[0.5, 1]]);
   *
   * @throws ArgumentError for a model of which a layer looks into the future, or at how many steps there are; MemoryLimitError
   */
  async stream(options: StreamOptions = {}): Promise<Stream> {
    this.#checkUsable("stream");
    const { openStream } = await import("../streams/stream");
    const { recipe, engine, runtime } = this.#compiled;
    await runtime.copies.update();
    const { bytes } = recipe.model.weights;
    const values = await runtime.betweenRuns(() => runtime.persistent.slice(0, (bytes.weights + bytes.state) / 4));
    const { math = "strict", requiresWasm = false } = recipe;
    return openStream({ model: recipe.model, values, engine, math, requiresWasm }, options);
  }

  /**
   * One step on one batch. The results are those before the update, as Keras reports them.
   *
   * @throws ArgumentError, ShapeError, DataError before any work; NonFiniteError when the loss is not finite, in which
   *   case nothing has changed
   */
  async trainOnBatch(x: TensorsLike, y: TensorsLike, options: WeightOptions = {}): Promise<Results> {
    this.#checkTrainable("trainOnBatch");
    checkOptions("trainOnBatch", options, ["sampleWeight", "classWeight"]);
    const { recipe } = this.#compiled;
    // When nothing has to be waited for, the samples are in the model's memory before this call returns: no copy of them is
    // needed.
    let samples = readWeighted(recipe, x, y, "trainOnBatch", options, lendValues).weighted;
    let areLent = !(samples instanceof Promise);
    const training = this.#train("trainOnBatch", async () => {
      const { runtime } = this.#compiled;
      runtime.writesSlots();
      const step = oneStep ?? (await loadOneStep());
      if (samples instanceof Promise) samples = await samples;
      const reserving = step.reserveFor(runtime, "train", samples);
      if (reserving) await reserving;
      areLent = false;
      return step.trainStep(this.#compiled, samples);
    });
    if (areLent) samples = ownSamples(samples as Samples);
    return training;
  }

  /**
   * Loss, output and gradients of one batch, in training mode. Changes nothing, not even the step that dropout draws from.
   *
   * @throws ArgumentError, ShapeError, DataError before any work
   */
  async gradients(x: TensorsLike, y: TensorsLike, options: WeightOptions = {}): Promise<Gradients> {
    this.#checkTrainable("gradients");
    checkOptions("gradients", options, ["sampleWeight", "classWeight"]);
    const { recipe, state } = this.#compiled;
    const { weighted } = readWeighted(recipe, x, y, "gradients", options);
    const { stepIndex } = state;
    return this.#read(async (runtime) => (await loadOneStep()).gradientsOf(runtime, stepIndex, await weighted));
  }

  /**
   * One update of the weights by gradients of your own making, such as the mean of those of several batches: a step of the
   * optimizer with its learning rate, clipping and weight decay, as `trainOnBatch` does it. Regularizers add nothing here: what
   * `gradients()` gives has their part in it. States, such as moving means, stay as they are.
   *
   * @param gradients a tensor for every weight that is trained, by name, as `weights` of what `gradients()` gives
   * @throws ArgumentError for unknown or missing names, ShapeError for other shapes, DataError for NaN and infinity, StateError
   *   before `compile` and while the model is being trained; nothing has changed then
   */
  async applyGradients(gradients: Readonly<Record<string, TensorLike>>): Promise<void> {
    this.#checkTrainable("applyGradients");
    this.#lock.checkIdle("applyGradients", true);
    const { recipe, runtime } = this.#compiled;
    const lowering = runtime.lowerings.of(runtime.lowerings.trainingStep);
    const weights = trainedWeights(recipe, lowering);
    const values = readTensors(weights, gradients, "applyGradients");
    return this.#train("applyGradients", async () => {
      runtime.writesSlots();
      return (await loadOneStep()).applyStep(this.#compiled, weights, values);
    });
  }

  /** A copy of every weight and state by name, in layer order. */
  async getWeights(): Promise<Record<string, Tensor<"float32">>> {
    this.#checkUsable("getWeights");
    const { runtime } = this.#compiled;
    await runtime.copies.update();
    return runtime.betweenRuns(() => readWeights(this.#graph.weights, runtime.persistent));
  }

  /**
   * Replaces all weights and states. The optimizer's state stays.
   *
   * @throws ArgumentError for unknown or missing names, ShapeError for other shapes, DataError for NaN and infinity, StateError
   *   while another model trains one of the weights; nothing is applied then
   */
  async setWeights(record: Readonly<Record<string, TensorLike>>): Promise<void> {
    this.#checkUsable("setWeights");
    const { runtime } = this.#compiled;
    runtime.copies.checkOthers("setWeights");
    const tensors = readRecord(this.#graph.weights, record);
    await runtime.betweenRuns(() => {
      writeWeights(this.#graph.weights, runtime.persistent, tensors);
      runtime.copies.changed("all");
      runtime.changedPersistent();
    });
  }

  /**
   * The whole model as the bytes of a safetensors file: layers, weights, and what `compile` and training have added.
   * `loadModel` makes the same model of them, whose training goes on bit for bit. Allowed while `fit` runs.
   *
   * @throws StateError when a part of the user's own cannot be described in a file, DataError when a weight is not finite
   */
  toBytes(): Uint8Array {
    const { recipe, engine, runtime, state } = this.internals("toBytes");
    runtime.copies.updateAtOnce();
    const stepIndex = state.stepIndex + runtime.settle();
    const values = runtime.persistent;
    const { name, seed, trainable, tokenizer, pipeline } = this;
    const kept = { name, seed, trainable, tokenizer, pipeline };
    return encodeModel({ ...kept, recipe, engine, values, state: { ...state, stepIndex } });
  }

  /**
   * A model cannot be kept as JSON: `JSON.stringify` would leave out its weights.
   *
   * @throws StateError that says what to call instead
   */
  toJSON(): never {
    throw new StateError(
      `${this.name}: a model is not kept as JSON. Write await model.save(path), or send model.toBytes(); loadModel reads both.`,
    );
  }

  /**
   * Writes `toBytes()` to a file.
   *
   * @param target in Node a path or `file:` URL: the file is there whole or not at all, and an old one stays until then.
   *   In browsers what `showSaveFilePicker()` or the origin's private file system gives.
   * @throws as `toBytes`; StateError for a path outside Node, and the file system's own errors
   */
  async save(target: SaveTarget): Promise<void> {
    const bytes = this.toBytes();
    const { writeBytes } = await import("../io/files");
    await writeBytes(target, bytes, "save");
  }

  /**
   * Layers, output shapes, parameters and memory as a table. Prints nothing itself.
   *
   * @param options as `memory` takes them
   */
  summary(options: MemoryOptions = {}): string {
    this.#checkUsable("summary");
    return summarize(
      this.name,
      this.#built,
      this.#lowerings.recipe.model.weights,
      this.memory(options),
      options.batchSize ?? this.#usualBatch,
      this.#lengthFor("summary", options),
    );
  }

  /** One training step (after `compile`, else one prediction) as a readable list: operation, shapes, bytes, FLOPs. */
  program(options: ProgramOptions = {}): string {
    this.#checkUsable("program");
    checkOptions("program", options, ["batchSize", "length"]);
    const { batchSize = this.#usualBatch } = options;
    integer("program", "batchSize", batchSize);
    const length = this.#lengthFor("program", options);
    return describeProgram(this.#lowerings, this.#isTrainable ? "train" : "predict", batchSize, length);
  }

  /** The length that something is told of; undefined for models of fixed shapes. */
  #lengthFor(who: string, { length }: ProgramOptions): number | undefined {
    const { model, maxLength } = this.#lowerings.recipe;
    return readLength(who, "length", length, model) ?? maxLength ?? usualLength(model);
  }

  /** Bytes by purpose, before anything is allocated. */
  memory(options: MemoryOptions = {}): MemorySizes {
    this.#checkUsable("memory");
    checkOptions("memory", options, ["batchSize", "dataBytes", "length"]);
    const { batchSize = this.#usualBatch, dataBytes = 0 } = options;
    integer("memory", "batchSize", batchSize);
    integer("memory", "dataBytes", dataBytes, { min: 0 });
    const kind = this.#isTrainable ? "train" : "predict";
    const lowerings = this.#lowerings;
    const capacity = { ...NO_CAPACITY, [`${kind}Batch`]: batchSize, order: batchSize, dataBytes };
    return mapProgram(lowerings, capacity, { kind, batchSize, length: this.#lengthFor("memory", options) }).sizes;
  }

  /** Frees the memory at once. Optional: the garbage collector does it too. Every later call is a StateError. */
  dispose(): void {
    this.#lock.checkIdle("dispose");
    this.#state?.runtime.copies.release();
    this.#lock.retire(this.#state?.runtime);
    this.#state = undefined;
    this.#isDisposed = true;
  }

  get #isTrainable(): boolean {
    return this.#state?.recipe.optimizer !== undefined;
  }

  #checkUsable(who: string): void {
    if (this.#isDisposed) throw new StateError(`${who}: the model has been disposed.`);
  }

  #checkTrainable(who: string): void {
    this.#checkUsable(who);
    if (!this.#isTrainable) throw new StateError(`${who}: call compile({ optimizer, loss }) first.`);
  }
}

/** Samples a step that memory is planned for before anybody has said how many there will be. */
const USUAL_BATCH = 32;

/** @throws MemoryLimitError when not even a batch of one fits into memory */
function checkFits(lowerings: Lowerings): void {
  const { model, maxLength } = lowerings.recipe;
  const length = maxLength ?? usualLength(model);
  const check = (batchSize: number) =>
    mapProgram(lowerings, { ...NO_CAPACITY, trainBatch: batchSize }, { kind: "train", batchSize, length });
  try {
    // The graph that is lowered here serves the training, too.
    check(USUAL_BATCH);
  } catch (error) {
    if (!(error instanceof MemoryLimitError)) throw error;
    check(1);
  }
}

/** What steps of one batch take; most programs have none. */
let oneStep: typeof import("./oneStep") | undefined;

async function loadOneStep(): Promise<typeof import("./oneStep")> {
  oneStep = await import("./oneStep");
  return oneStep;
}

async function makeProgressBar(): Promise<Callback> {
  return (await import("../training/callbacks/progressBar")).progressBar();
}

function refuseTargets(who: string, given: unknown): void {
  if (!Array.isArray(given) && !isDataAndShape(given)) return;
  throw new ArgumentError(`${who}: a Dataset brings its own targets: ${who}(dataset, options).`);
}
