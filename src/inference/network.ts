import type { Bases } from "../compiler/assemble";
import type { Column } from "../compiler/lower";
import type { Shape } from "../tensor/shape";
import type { Dtype, Tensor } from "../tensor/tensor";
import type { Pipeline } from "../pipeline/pipeline";
import type { Constant, Row } from "../program/program";
import type { InputPort } from "../training/inputs";
import type { SmallBuild } from "../engine/module/modules";

/** An input or output of a model. */
export interface Port {
  /** Of its layer. */
  readonly name: string;
  /** Sizes without the batch dimension; `null` where they depend on the length of sequences, which is open. */
  readonly shape: readonly (number | null)[];
  /** Of its elements. */
  readonly dtype: Dtype;
}

/** What a batch takes. */
export interface Demand {
  /** Bytes of activations and scratch memory. */
  readonly arenaBytes: number;
  /** Bytes of the program: its rows and constants. */
  readonly programBytes: number;
  /** The names of its rows' operations, gathers aside. */
  readonly operations: readonly string[];
  /** Small builds that may have them all. */
  readonly builds: readonly SmallBuild[];
}

/** A model of a file, ready to be computed. */
export interface Network {
  readonly name: string;
  /** How raw rows become its inputs, where the file says so. */
  readonly pipeline?: Pipeline | undefined;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** What its inputs take. */
  readonly ports: readonly InputPort[];
  /** How many samples each batch has, where the model says so. */
  readonly batchSize?: number | undefined;
  /** Weights, then state, padding included. */
  readonly values: Float32Array;
  /** Bytes of the weights among them. */
  readonly weightBytes: number;
  /** What batches of up to so many samples, of sequences of this length, take. Comes before their rows. */
  plan(capacity: number, length?: number): Demand;
  /** The length of the sequences in these inputs, where a model leaves it open. */
  lengthOf?(inputs: readonly Tensor[]): number | undefined;
  /** The shape of a sample of each input or output for sequences of a length; those of the ports where there is none. */
  shapesAt?(side: "inputs" | "outputs", length: number): readonly Shape[];
  /** The rows for so many samples that stand in these columns, their constants, and the byte addresses of the outputs. */
  rows(
    samples: number,
    columns: readonly Column[],
    bases: Bases,
  ): { forward: Row[]; constants?: readonly Constant[]; outputs: readonly number[] };
}
