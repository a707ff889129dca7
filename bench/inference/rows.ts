import { deriveKey, uniform } from "../../src/numeric/random";
import networks from "../networks.json";
import { weightCount } from "../peers/predict/network.mjs";

/** The part of networks.json that predictions take. */
export interface PredictedNetwork {
  readonly filters?: readonly number[];
  readonly widths: readonly number[];
  readonly activations: readonly string[];
}

/** A network, and how many samples are predicted in a call. */
export interface Row {
  readonly name: string;
  readonly network: PredictedNetwork;
  readonly batch: number;
}

const predicted: Readonly<Record<string, PredictedNetwork>> = {
  // The actor of a control task.
  "4-64-64-2": { widths: [4, 64, 64, 2], activations: ["tanh", "tanh", "tanh"] },
  "mlp-small 784-128-10": networks["mlp-small"],
  "mlp-large 784-512-512-10": networks["mlp-large"],
  "cnn 28×28, 16 and 32 filters, 128-10": networks.cnn,
};

export const BATCHES = [1, 8, 64];

export const rows: readonly Row[] = Object.entries(predicted).flatMap(([name, { filters, widths, activations }]) =>
  BATCHES.map((batch) => ({ name, network: { filters, widths, activations }, batch })),
);

/** Weights between ±0.1 and inputs from 0 to 1, enough of them for the largest batch. */
export function valuesOf({ network }: Row): { weights: Float32Array; x: Float32Array } {
  const [weightKey, inputKey] = [deriveKey(1, 1), deriveKey(1, 2)];
  const weights = Float32Array.from({ length: weightCount(network) }, (_, i) => 0.2 * uniform(weightKey, i) - 0.1);
  const length = Math.max(...BATCHES) * network.widths[0];
  return { weights, x: Float32Array.from({ length }, (_, i) => uniform(inputKey, i)) };
}
