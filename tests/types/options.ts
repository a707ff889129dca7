// What the types accept and refuse. Nothing here runs: the compiler is the test, of the sources in `npm run typecheck`
// and of the packed declarations in tests/package. Every refusal is one that the library also throws an error for.
import {
  activations,
  callbacks,
  type CompileOptions,
  data,
  type Dataset,
  type FitOptions,
  gradientCheck,
  type History,
  type Item,
  type ItemLike,
  type Layer,
  layers,
  loadModel,
  losses,
  type Model,
  model,
  type Node,
  input,
  ops,
  optimizers,
  regularizers,
  type Sequential,
  schedules,
  sequential,
  Tensor,
  tensor,
} from "wasmgrad";

/** True where two types are the same, not merely assignable. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

const network = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
const x = tensor([[0, 1]]);
const y = tensor([[1]]);

export async function fitting(dataset: data.Dataset): Promise<void> {
  same<Awaited<ReturnType<typeof network.fit>>, History>(true);
  await network.fit(x, y, { epochs: 2, batchSize: 8, validationSplit: 0.2, shuffle: false, sampleWeight: [1] });
  await network.fit(x, y, { validationData: [x, y], classWeight: { 0: 1, 1: 2 } });
  await network.fit(x, y, { validationData: [x, y, [1]], sampleWeight: { dense: [1] } });
  await network.trainOnBatch(x, y, { sampleWeight: [undefined, tensor([1])] });
  await network.fit(x, y, { validationData: dataset });
  await network.fit(dataset, { epochs: 2, batchSize: 8, validationData: dataset });
  const chosen: FitOptions = { epochs: 3 };
  await network.fit(x, y, chosen);

  // @ts-expect-error validation data of its own, or a share of the samples
  await network.fit(x, y, { validationData: [x, y], validationSplit: 0.2 });
  // @ts-expect-error a dataset is split by dataset.split()
  await network.fit(dataset, { validationSplit: 0.2 });
  // @ts-expect-error a dataset is shuffled by dataset.shuffle()
  await network.fit(dataset, { shuffle: true });
  // @ts-expect-error weights of samples go with tensors
  await network.fit(dataset, { sampleWeight: [1, 1] });
  // @ts-expect-error weights of classes go with tensors
  await network.fit(dataset, { classWeight: { 0: 2 } });
  // @ts-expect-error a dataset brings its targets
  await network.fit(dataset, y);
  // @ts-expect-error targets are missing
  await network.fit(x);
  // @ts-expect-error inputs and targets are two arguments
  await network.fit({ x, y });
  // @ts-expect-error words are no targets
  await network.fit(x, ["cat", "dog"]);
  // @ts-expect-error a dataset brings its weights
  await network.evaluate(dataset, { sampleWeight: [1] });
  // @ts-expect-error batchsize is batchSize
  await network.fit(x, y, { batchsize: 4 });
}

export function compiling(): void {
  network.compile({ optimizer: "adam", loss: "mse", engine: "wasm", threads: "auto", worker: true, math: "relaxed" });
  network.compile({ optimizer: "adam", loss: "mse", threads: 2 });
  network.compile({ optimizer: "adam", loss: "mse", engine: "js" });
  const chosen: CompileOptions = { optimizer: optimizers.sgd(), loss: { a: "mse", b: "mae" }, metrics: ["accuracy"] };
  network.compile(chosen);

  // @ts-expect-error plain JavaScript has one thread
  network.compile({ optimizer: "adam", loss: "mse", engine: "js", threads: 2 });
  // @ts-expect-error plain JavaScript runs on the calling thread
  network.compile({ optimizer: "adam", loss: "mse", engine: "js", worker: true });
  // @ts-expect-error fused multiply-add is an instruction of WebAssembly
  network.compile({ optimizer: "adam", loss: "mse", engine: "js", math: "relaxed" });
  // @ts-expect-error a loss is needed
  network.compile({ optimizer: "adam" });
  // @ts-expect-error misspelt names
  network.compile({ optimizer: "adan", loss: "mse" });
  // @ts-expect-error misspelt names
  network.compile({ optimizer: "adam", loss: "meanSquareError" });
  // @ts-expect-error misspelt names
  network.compile({ optimizer: "adam", loss: "mse", metrics: ["acuracy"] });
  // @ts-expect-error as for compile
  void loadModel("model.safetensors", { engine: "js", threads: 2 });
}

export function making(): void {
  optimizers.adam({ learningRate: 0.1, clipNorm: 1 });
  optimizers.sgd({ learningRate: schedules.cosineDecay({ initialLearningRate: 0.1, decaySteps: 100 }), clipValue: 1 });
  optimizers.adamW({ learningRate: (step) => 1 / (1 + step), globalClipNorm: 1, amsgrad: true });
  // @ts-expect-error one way of clipping at most
  optimizers.adam({ clipNorm: 1, clipValue: 1 });
  // @ts-expect-error one way of clipping at most
  optimizers.lion({ clipNorm: 1, globalClipNorm: 1 });
  // @ts-expect-error the name of a schedule is no schedule
  optimizers.adam({ learningRate: "cosineDecay" });
  // @ts-expect-error a schedule needs to know where it begins
  schedules.cosineDecay({ decaySteps: 100 });

  layers.conv1d({ filters: 1, kernelSize: 3, padding: "causal" });
  // @ts-expect-error an image has no past
  layers.conv2d({ filters: 1, kernelSize: 3, padding: "causal" });
  // @ts-expect-error nor has what a transposed convolution makes
  layers.conv1dTranspose({ filters: 1, kernelSize: 3, padding: "causal" });
  // @ts-expect-error misspelt names
  layers.dense({ units: 1, activation: "rellu" });
  // @ts-expect-error misspelt names
  layers.dense({ units: 1, kernelInitializer: "heNormale" });
  // @ts-expect-error misspelt options
  layers.dense({ untis: 1 });
  layers.normalization({ mean: 0, variance: 1 });
  // @ts-expect-error mean and variance belong together
  layers.normalization({ mean: 0 });

  callbacks.modelCheckpoint({ path: "best.safetensors", saveBestOnly: true });
  callbacks.modelCheckpoint({ save: (bytes) => void bytes.length });
  // @ts-expect-error where to write, or who receives the bytes
  callbacks.modelCheckpoint({ path: "best.safetensors", save: () => {} });
  // @ts-expect-error where to write, or who receives the bytes
  callbacks.modelCheckpoint({});

  // @ts-expect-error layers are an option
  sequential([layers.dense({ units: 1 })]);
  const start = input({ shape: [2] });
  model({ inputs: start, outputs: [layers.dense({ units: 1 }).apply(start)] });
}

export async function reading(): Promise<void> {
  const output = await network.predict(x);
  same<typeof output, Tensor<"float32">>(true);
  same<typeof output.data, Float32Array>(true);
  const total: number = output.data.map((value) => 2 * value).reduce((sum, value) => sum + value, 0);
  const anyTensor: Tensor = output;
  // @ts-expect-error of which type it is was forgotten
  const forgotten: Tensor<"float32"> = anyTensor;
  void [total, forgotten];
  const several = await network.predict<Tensor[]>(x);
  same<typeof several, Tensor[]>(true);
  const rows = output.toArray(2);
  same<typeof rows, number[][]>(true);
  same<ReturnType<Tensor["toString"]>, string>(true);
  // @ts-expect-error of a shape that nobody knows, the values may be a number
  output.toArray()[0];

  const results = await network.evaluate(x, y);
  same<typeof results.loss, number>(true);
  same<typeof results.accuracy, number>(true);
  const matrix: Tensor = results.confusionMatrix;
  const { history } = await network.fit(x, y);
  same<typeof history, Record<string, number[]>>(true);
  const weights = await network.getWeights();
  same<typeof weights, Record<string, Tensor<"float32">>>(true);
  await network.setWeights({ ...weights, "dense/bias": matrix });
}

/** What several outputs are predicted as is known from how the model was made. */
export async function predictingSeveral(nodes: Node[]): Promise<void> {
  const start = input({ shape: [2] });
  const [left, right] = [layers.dense({ units: 1 }).apply(start), layers.dense({ units: 2 }).apply(start)];
  const both = model({ inputs: start, outputs: [left, right] });
  const [first, second] = await both.predict(x);
  same<typeof first, Tensor<"float32">>(true);
  const sum: number = second.data.reduce((so, far) => so + far);
  // @ts-expect-error two outputs, not three
  const [, , third] = await both.predict(x);
  void [sum, third];
  same<Model<[Tensor<"float32">, Tensor<"float32">]>, typeof both>(true);
  const [asLayer] = both.apply(start);
  same<typeof asLayer, Node>(true);
  // @ts-expect-error two outputs, not three
  const [, , asThird] = both.apply(start);
  const [unknownNode] = (both as Model).apply<Node[]>(start);
  void [asThird, unknownNode];
  // @ts-expect-error an array of tensors has no data
  (await both.predict(x)).data;

  const one = await model({ inputs: [start], outputs: left }).predict(x);
  same<typeof one, Tensor<"float32">>(true);
  const oneInArray = await model({ inputs: start, outputs: [left] }).predict(x);
  same<typeof oneInArray, Tensor<"float32">>(true);
  const unknown = await model({ inputs: start, outputs: nodes }).predict(x);
  same<typeof unknown, Tensor<"float32"> | Tensor<"float32">[]>(true);

  // A model of any outputs is a model, to be named in a signature, checked, and used in another.
  const named: Model = both;
  void [named, gradientCheck(both, x, [y, y])];
  sequential({ layers: [both] });
}

/** Types that signatures of users name. */
export function naming(layer: Layer, dataset: Dataset, item: Item, like: ItemLike): Sequential {
  same<data.Dataset, Dataset>(true);
  same<data.Item, Item>(true);
  dataset.map(() => like).filter(() => item.y !== undefined);
  return sequential({ layers: [layer] });
}

export function containing(): void {
  same<ReturnType<typeof tensor<"uint8">>, Tensor<"uint8">>(true);
  const bytes: Uint8Array = tensor([[1, 2]], undefined, "uint8").data;
  const floats: Float32Array = tensor([
    [1, 2],
    [3, 4],
  ]).data;
  const integers: Int32Array = new Tensor<"int32">(new Int32Array(2), [2]).data;
  const some: Tensor = tensor([new Uint8Array(2)]);
  void [bytes, floats, integers, some];
  // @ts-expect-error bytes become uint8
  tensor(new Uint8Array(2)).data satisfies Float32Array;
  new Tensor(new Float32Array(2), [2]);
  // @ts-expect-error a tensor of doubles would be another library's
  new Tensor(new Float64Array(2), [2]);
}

/** Options that may be undefined: tests/package compiles this with exactOptionalPropertyTypes, which tells the two apart. */
export async function absent(isValidated: boolean, name: string | undefined, seed: number | undefined): Promise<void> {
  const dataset = data.fromTensors(x, y);
  await network.fit(x, y, { validationData: isValidated ? [x, y] : undefined, epochs: seed, batchSize: seed });
  await network.fit(dataset, { validationData: isValidated ? dataset : undefined, verbose: undefined });
  await network.fit(x, y, { validationSplit: undefined, sampleWeight: undefined, classWeight: undefined });
  await network.predict(x, { batchSize: seed });
  dataset.map(({ x, y }) => ({ x, y })).shuffle(seed, { seed, reshuffleEachIteration: undefined });
  dataset.map((item) => (isValidated ? item : { x: item.x, y: undefined })).batch(2, { dropRemainder: undefined });
  dataset.augment({ shift: seed, rotation: seed, zoom: seed, noise: seed, cutout: undefined, seed });
  data.fromIterable([{ x, y: isValidated ? y : undefined }], { size: seed, batchSize: seed });
  await data.csv("a", { target: name, delimiter: name, missing: seed, maximumBytes: seed });
  await data.impute(x, { strategy: undefined });
  const optimizer = optimizers.adam({ learningRate: seed, beta1: seed, weightDecay: seed });
  network.compile({ optimizer, loss: losses.huber({ delta: seed }), threads: seed });
  sequential({ name, seed, layers: undefined }).add(layers.dense({ units: 1, name }));
  callbacks.earlyStopping({ monitor: name, patience: seed, restoreBestWeights: undefined });
  schedules.exponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 1, staircase: undefined });
  input({ shape: [1], name });
}

/** Layers with several outputs say how many. */
export function severalOutputs(start: Node): void {
  const single: Layer = layers.lambda((x) => ops.negative(x));
  same<Node, ReturnType<typeof single.apply>>(true);
  const two = layers.lambda((x) => [ops.negative(x), ops.exp(x)]);
  const [first, second] = two.apply(start);
  same<typeof second, Node>(true);
  // @ts-expect-error two outputs, not three
  const [, , third] = two.apply(start);
  // @ts-expect-error two outputs are no node
  layers.relu().apply(two.output.shape);
  // @ts-expect-error a layer of one output gives no array
  const [one] = layers.relu().apply(start);
  // @ts-expect-error a layer with two outputs is none with one
  const other: Layer = two;
  const among: Layer<Node | readonly Node[]>[] = [single, two];
  void [first, third, one, other, among];
}

/** Own layers know the names of their weights and how many outputs they have. */
export function ownParts(start: Node): void {
  const one = layers.custom({
    weights: ([size]) => ({ kernel: { shape: [size, 2] }, seen: { shape: [], isState: true } }),
    call: ([x], { kernel, seen }, { training }) => ({
      outputs: ops.matmul(training ? ops.negative(x) : x, kernel),
      state: { seen: ops.add(seen, 1) },
    }),
  });
  same<Node, ReturnType<typeof one.apply>>(true);
  const two = layers.custom({ call: ([x]) => [x, ops.exp(x)] });
  const [first, second] = two.apply(start);
  same<typeof second, Node>(true);
  // @ts-expect-error two outputs, not three
  const [, , third] = two.apply(start);
  // @ts-expect-error there is no such weight
  layers.custom({ weights: { w: { shape: [1] } }, call: ([x], { v }) => ops.multiply(x, v) });
  // @ts-expect-error there is no such state
  layers.custom({ weights: { w: { shape: [1] } }, call: ([x]) => ({ outputs: x, state: { v: x } }) });
  // @ts-expect-error a layer computes something
  layers.custom({ weights: { w: { shape: [1] } } });
  // @ts-expect-error an activation by the name custom does not say which
  layers.dense({ units: 1, activation: "custom" });
  const activation = activations.custom((x) => ops.sin(x));
  const kernelRegularizer = regularizers.custom((w) => ops.sum(ops.abs(w)));
  const dense = layers.dense({ units: 1, activation, kernelRegularizer }).addLoss((y) => ops.mean(y));
  const made = model({ inputs: start, outputs: dense.apply(start), losses: [ops.mean(start)] });
  const predicted: Promise<Tensor<"float32">> = made.predict([[1]], { training: true });
  const applied: Promise<void> = made.applyGradients({ "dense/bias": [1] });
  void [first, third, predicted, applied];
}
