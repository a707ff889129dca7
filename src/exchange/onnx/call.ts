import type { Dimension } from "../../graph/dimension";
import type { LayerResult } from "../../graph/layer";
import type { Node } from "../../graph/node";
import { cast } from "../../nodes/operation";
import type { ReportWriter } from "../report";
import type { Bounds } from "./bounds";
import type { LayerBook, LayerPlan } from "./layerBook";
import type { NodeProto } from "./proto";
import { Refusal } from "./refusal";
import { readTensor, type ExternalFiles } from "./tensors";
import { Constant, type Held, type Value } from "./values";

/** What all nodes of an import share. */
export interface Importing {
  readonly who: string;
  /** The version of ONNX's operators. */
  readonly opset: number;
  /** The number that stands for the batch in the file, if it has one. */
  readonly batch: number | undefined;
  readonly report: ReportWriter;
  readonly layers: LayerBook;
  readonly bounds: Bounds;
  readonly files: ExternalFiles;
  /** The nodes that take a tensor; one that is an output of the model has "" among them. */
  usersOf(tensor: string): readonly (NodeProto | "")[];
  /** What a tensor is, if it is known by now. */
  valueOf(tensor: string): Value | undefined;
  /** Makes a tensor that a later node would make, which is left out then. */
  settle(node: NodeProto, value: Value): void;
}

/** One node with what it is given. */
export class Call {
  constructor(
    readonly proto: NodeProto,
    readonly values: readonly (Value | undefined)[],
    readonly importing: Importing,
  ) {}

  get opset(): number {
    return this.importing.opset;
  }

  /** An input that may be missing. */
  at(index: number): Value | undefined {
    return this.values[index];
  }

  need(index: number): Value {
    const value = this.values[index];
    if (!value) throw new Refusal(`lacks its input ${index}`);
    return value;
  }

  /** An input that is computed. */
  held(index: number): Held {
    const value = this.need(index);
    if (value instanceof Constant) throw new Refusal(`has a constant as its input ${index}, which is not folded`);
    return value;
  }

  isConstant(index: number): boolean {
    return this.values[index] instanceof Constant;
  }

  /** An input whose numbers must be known. */
  constant(index: number, what: string): Constant {
    const value = this.need(index);
    if (value instanceof Constant) return value;
    throw new Refusal(`needs ${what} (its input ${index}) as a constant, the file computes it`);
  }

  maybeConstant(index: number, what: string): Constant | undefined {
    return this.at(index) && this.constant(index, what);
  }

  /** Whole numbers of an input, or of an attribute as older files have them; undefined where there are none. */
  integers(index: number, attribute: string, what = attribute): number[] | undefined {
    const sizes = this.sizes(index, attribute, what);
    if (sizes?.some((size) => typeof size !== "number")) throw new Refusal(`has ${what} that depend on the batch`);
    return sizes as number[] | undefined;
  }

  /** The same with sizes that may depend on the batch. */
  sizes(index: number, attribute: string, what = attribute): Dimension[] | undefined {
    if (index >= 0 && this.at(index)) return Array.from(this.constant(index, what).numbers);
    const found = this.proto.attributes.get(attribute);
    return found ? [...found.integers] : undefined;
  }

  integer(attribute: string, missing: number): number {
    return this.proto.attributes.get(attribute)?.integer ?? missing;
  }

  number(attribute: string, missing: number): number {
    return this.proto.attributes.get(attribute)?.float ?? missing;
  }

  text(attribute: string, missing: string): string {
    return this.proto.attributes.get(attribute)?.text ?? missing;
  }

  texts(attribute: string): readonly string[] {
    return this.proto.attributes.get(attribute)?.texts ?? [];
  }

  tensor(attribute: string): Constant | undefined {
    const tensor = this.proto.attributes.get(attribute)?.tensor;
    const { who, files } = this.importing;
    return tensor && readTensor(`${who}: node ${this.title}`, tensor, files, false);
  }

  /** Whether anybody takes an output. */
  isWanted(output: number): boolean {
    const name = this.proto.outputs[output];
    return !!name && this.importing.usersOf(name).length > 0;
  }

  /** @throws Refusal when somebody takes an output behind the first so many */
  refuseOutputs(from: number, what: string): void {
    for (let i = from; i < this.proto.outputs.length; i++) {
      if (this.isWanted(i)) throw new Refusal(`puts out ${what}`);
    }
  }

  /** What it is called. */
  get title(): string {
    return titleOf(this.proto);
  }

  /** Applies a layer that takes the place of this node. */
  layer<Result extends LayerResult>(plan: Omit<LayerPlan<Result>, "called">, inputs: Node | readonly Node[]): Result {
    const nodes = [inputs].flat() as Node[];
    const floats =
      plan.kind === "embedding"
        ? nodes
        : nodes.map((node) => (node.isWhole && !node.isInput ? cast(node, "float32") : node));
    return this.importing.layers.apply({ ...plan, called: this.proto.name }, floats);
  }

  convert(sentence: string): void {
    this.importing.report.convert(sentence);
  }
}

/** The name of a node, or of what it makes. */
export function titleOf({ name, outputs }: NodeProto): string {
  return name || (outputs.find(Boolean) ?? "without a name");
}

/** What a node of a type becomes: a value for each output. */
export type Operator = (call: Call) => Value | readonly (Value | undefined)[];
