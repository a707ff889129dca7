import type { ActivationName } from "../src/activations/activations";
import {
  input,
  type Loss,
  type LossName,
  layers,
  losses,
  type Model,
  type Node,
  ops,
  optimizers,
  sequential,
  type Tensor,
  tensor,
} from "../src/index";
import type { CompileOptions } from "../src/model/compileOptions";
import { deriveKey, uniform } from "../src/numeric/random";
import { gptData, gptFlops, gptTensors, makeGpt } from "./gpt";
import networks from "./networks.json";

/** A network and how it is trained: what every library in the comparison is told, and nothing else. */
export interface Network {
  /**
   * Where given, the inputs are square images of one channel, and 3×3 convolutions of so many filters, each with a relu
   * and max-pooling by 2, come before the dense layers.
   */
  readonly filters?: readonly number[];
  /** Where given, the inputs are sequences of so many steps, and a recurrent layer comes before the dense layers. */
  readonly recurrent?: { readonly kind: string; readonly steps: number; readonly units: number };
  /** Inputs, then the units of each dense layer. */
  readonly widths: readonly number[];
  readonly activations: readonly string[];
  readonly useBias: boolean;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly loss: string;
  readonly batchSize: number;
  readonly samples: number;
  /** What its speed is counted in. */
  readonly unit: string;
  /** Where given, it is a GPT of these sizes; inputs and targets are ids of characters. */
  readonly transformer?: Readonly<Record<"vocabulary" | "context" | "width" | "heads" | "blocks", number>>;
}

/** Inputs and targets, a row a sample. */
export interface Data {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** A network with its data. */
export interface Workload {
  readonly name: string;
  readonly network: Network;
  readonly makeData: () => Data;
  /** In place of the network's. */
  readonly loss?: () => Loss;
  /** Of a network that is no chain of convolutions and dense layers. */
  readonly own?: OwnNetwork;
}

/** A network that its workload makes itself. */
export interface OwnNetwork {
  readonly makeModel: (compile: Partial<CompileOptions>) => Model;
  readonly makeTensors: () => { x: Tensor; y: Tensor };
  /** Floating-point operations of the matrix products of an epoch. */
  readonly flops: number;
}

/** y = 4x at 1, 2, 3, 4, 5. */
function lineData({ samples }: Network): Data {
  const x = Float32Array.from({ length: samples }, (_, i) => (i % 5) + 1);
  return { x, y: x.map((value) => 4 * value) };
}

/** Exclusive or of 00, 01, 10, 11. */
function xorData({ samples }: Network): Data {
  const x = Float32Array.from({ length: 2 * samples }, (_, i) => ((i >> 1) >> (1 - (i % 2))) & 1);
  return { x, y: Float32Array.from({ length: samples }, (_, i) => x[2 * i] ^ x[2 * i + 1]) };
}

/** Random pixels, and the classes in turn, one-hot. */
function classData({ samples, widths }: Network): Data {
  const classes = widths[widths.length - 1];
  const key = deriveKey(1, samples, widths[0]);
  const x = Float32Array.from({ length: samples * widths[0] }, (_, i) => uniform(key, i));
  const y = new Float32Array(samples * classes);
  for (let i = 0; i < samples; i++) y[i * classes + (i % classes)] = 1;
  return { x, y };
}

function workload(name: string, network: Network, makeData: (network: Network) => Data): Workload {
  return { name, network, makeData: () => makeData(network) };
}

/** Steps of an epoch that is a single slice inside the engine. */
const MANY = 4096;

function many(network: Network): Network {
  return { ...network, samples: network.batchSize * MANY };
}

/** −Σ t·log p of each sample, as a user writes it. */
function crossentropy(target: Node, probabilities: Node): Node {
  const logs = ops.log(ops.clip(probabilities, 1e-7, 1 - 1e-7));
  return ops.negative(ops.sum(ops.multiply(target, logs), { axis: -1 }));
}

/** Epochs of one step show the fixed cost of an epoch; in epochs of many steps, whole slices run inside the engine. */
export const workloads = {
  line: workload("line", networks.line, lineData),
  lineSlices: workload("line, many steps", many(networks.line), lineData),
  xor: workload("xor", networks.xor, xorData),
  xorSlices: workload("xor, many steps", many(networks.xor), xorData),
  mlpSmall: workload("mlp-small 784-128-10, batch 32", networks["mlp-small"], classData),
  mlpSmallCustom: {
    ...workload("mlp-small, cross-entropy as a custom loss", networks["mlp-small"], classData),
    loss: () => losses.custom(crossentropy),
  },
  mlpMain: workload("mlp-main 784-128-10, batch 128", networks["mlp-main"], classData),
  mlpLarge: workload("mlp-large 784-512-512-10, batch 128", networks["mlp-large"], classData),
  lstm: workload("lstm 32→128 over 32 steps, 10, batch 32", networks.lstm, classData),
  gru: workload("gru 32→128 over 32 steps, 10, batch 32", networks.gru, classData),
  cnn: workload("cnn 28×28, 16 and 32 filters, 128-10, batch 64", networks.cnn, classData),
  gpt: {
    ...workload("gpt 4 blocks of 128, 4 heads, 64 characters, batch 16", networks.gpt, gptData),
    own: { makeModel: makeGpt, makeTensors: gptTensors, flops: gptFlops() },
  },
};

/** The network as a compiled model. */
export function makeModel(network: Network, compile: Partial<CompileOptions>): Model {
  const { filters = [], recurrent, widths, activations, useBias, learningRate, loss } = network;
  const model = sequential({ seed: 1 });
  model.add(input({ shape: [widths[0]] }));
  if (filters.length) model.add(layers.reshape({ targetShape: [sideOf(widths[0]), sideOf(widths[0]), 1] }));
  for (const count of filters) {
    model.add(layers.conv2d({ filters: count, kernelSize: 3, activation: "relu", useBias }));
    model.add(layers.maxPooling2d({ poolSize: 2 }));
  }
  if (filters.length) model.add(layers.flatten());
  if (recurrent) {
    const { kind, steps, units } = recurrent;
    model.add(layers.reshape({ targetShape: [steps, widths[0] / steps] }));
    model.add(kind === "lstm" ? layers.lstm({ units, useBias }) : layers.gru({ units, useBias }));
  }
  activations.forEach((activation, i) => {
    model.add(layers.dense({ units: widths[i + 1], activation: activation as ActivationName, useBias }));
  });
  const optimizer = optimizers[network.optimizer as "sgd" | "adam"]({ learningRate });
  model.compile({ optimizer, loss: loss as LossName, ...compile });
  return model;
}

/** Pixels along the edge of a square image of so many. */
function sideOf(pixels: number): number {
  return Math.sqrt(pixels);
}

export function makeTensors({ network, makeData, own }: Workload) {
  if (own) return own.makeTensors();
  const { samples, widths } = network;
  const { x, y } = makeData();
  return { x: tensor(x, [samples, widths[0]]), y: tensor(y, [samples, widths[widths.length - 1]]) };
}

/**
 * Floating-point operations of the matrix products of an epoch: forward, weight gradient and input gradient, but nobody
 * wants the gradient of the data. Undefined for networks so small that these are not what takes the time.
 */
export function flopsOf({ filters = [], recurrent, widths: [pixels, ...units], samples }: Network): number | undefined {
  const products: number[] = [];
  let side = sideOf(pixels);
  let inputs = pixels;
  filters.forEach((count, i) => {
    side -= 2;
    products.push(2 * side ** 2 * 9 * (filters[i - 1] ?? 1) * count);
    side = Math.floor(side / 2);
    inputs = side ** 2 * count;
  });
  if (recurrent) {
    const gates = recurrent.kind === "lstm" ? 4 : 3;
    products.push(2 * pixels * gates * recurrent.units);
    products.push(2 * recurrent.steps * recurrent.units * gates * recurrent.units);
    inputs = recurrent.units;
  }
  for (const count of units) {
    products.push(2 * inputs * count);
    inputs = count;
  }
  const total = 3 * products.reduce((sum, flops) => sum + flops, 0) - products[0];
  return total > 1000 ? total * samples : undefined;
}
