import { ArgumentError, FormatError, ShapeError, StateError } from "../../errors";
import { input, Node } from "../../graph/node";
import { withMask, withoutMask } from "../../nodes/masking";
import type { Model } from "../../model/model";
import { model as modelOf } from "../../model/sequential";
import { type InputPlan, isAutomaticMask, type LayerPlan, type ModelPlan } from "./modelPlan";
import { type KerasCall, type KerasLayer, TensorOf, isJson } from "./config";
import { fromLast, twinOf } from "./layouts";
import { Unsupported } from "./origin";
import { apply, type Translation, type Use } from "./translation";
import type { LayerResult } from "../../graph/layer";

/** Builds models of plans: calls of layers, each behind those that it needs. */

/** What went wrong with a layer while it was built. */
export class CannotBuild extends Error {
  constructor(
    readonly layer: KerasLayer,
    reason: string,
  ) {
    super(reason);
  }
}

const listOf = (result: LayerResult): readonly Node[] => (result instanceof Node ? [result] : result);

/** All tensors within arguments. */
export function tensorsIn(value: unknown): TensorOf[] {
  if (value instanceof TensorOf) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  return isJson(value) ? Object.values(value).flatMap(tensorsIn) : [];
}

const isMaskKeyword = (name: string) => /(^|_)mask$/.test(name) && name !== "attention_mask";

/** A model while it is built. */
class Builder {
  /** Outputs of calls, by layer and call. */
  readonly #made = new Map<string, readonly Node[]>();

  constructor(readonly plan: ModelPlan) {
    for (const { tensor, options } of plan.inputs)
      this.#made.set(this.#key(tensor), this.#inputs(tensor, input(options)));
  }

  /** Of a layer with several outputs a cut may give any of them. */
  #inputs(tensor: TensorOf, node: Node): readonly Node[] {
    const known = [...(this.#made.get(this.#key(tensor)) ?? [])];
    known[tensor.output] = node;
    return known;
  }

  #layerOf(tensor: TensorOf): LayerPlan {
    const plan = this.plan.layers.get(tensor.layer);
    if (!plan)
      throw new FormatError(
        `${this.plan.who}: the configuration has a tensor of ${tensor.layer}, which is no layer of it.`,
      );
    return plan;
  }

  #indexOf({ layer, call }: TensorOf): number {
    return call - (this.plan.layers.get(layer)?.firstCall ?? 0);
  }

  #key(tensor: TensorOf): string {
    return `${this.#indexOf(tensor)} ${tensor.layer}`;
  }

  #callOf(tensor: TensorOf): { plan: LayerPlan; call: KerasCall } {
    const plan = this.#layerOf(tensor);
    const call = plan.layer.calls[this.#indexOf(tensor)];
    if (!call) {
      throw new FormatError(
        `${this.plan.who}: the configuration has a tensor of call ${tensor.call} of ${tensor.layer}, which has ${plan.layer.calls.length} calls.`,
      );
    }
    return { plan, call };
  }

  /** What a call needs. Masks that follow from layers come about by themselves. */
  #needs({ args, kwargs }: KerasCall): TensorOf[] {
    const others = Object.entries(kwargs).filter(([name, value]) => !(isMaskKeyword(name) && this.#isAutomatic(value)));
    return [...tensorsIn(args), ...others.flatMap(([, value]) => tensorsIn(value))];
  }

  #isAutomatic(mask: unknown): boolean {
    const tensors = tensorsIn(mask);
    return tensors.length > 0 && tensors.every(({ layer }) => isAutomaticMask(this.plan, layer));
  }

  /** The node of a tensor. What it needs comes first, without recursion: models are long. */
  node(wanted: TensorOf): Node {
    const way: { tensor: TensorOf; needs: TensorOf[] }[] = [];
    const entered = new Set<string>();
    const enter = (tensor: TensorOf) => {
      const key = this.#key(tensor);
      if (this.#made.has(key)) return;
      if (entered.has(key))
        throw new FormatError(`${this.plan.who}: ${tensor.layer} of the configuration depends on itself.`);
      entered.add(key);
      way.push({ tensor, needs: this.#needs(this.#callOf(tensor).call) });
    };
    enter(wanted);
    while (way.length) {
      const step = way[way.length - 1];
      const next = step.needs.pop();
      if (next) {
        enter(next);
        continue;
      }
      way.pop();
      entered.delete(this.#key(step.tensor));
      const { plan, call } = this.#callOf(step.tensor);
      this.#made.set(this.#key(step.tensor), this.#use(plan, call));
    }
    const node = this.#made.get(this.#key(wanted))?.[wanted.output];
    if (node) return node;
    throw new FormatError(
      `${this.plan.who}: the configuration has output ${wanted.output} of ${wanted.layer}, which has fewer.`,
    );
  }

  /** Arguments with nodes in place of tensors. */
  #filled(value: unknown): unknown {
    if (value instanceof TensorOf) return this.node(value);
    if (Array.isArray(value)) return value.map((one) => this.#filled(one));
    if (!isJson(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.#filled(one)]));
  }

  #use(plan: LayerPlan, call: KerasCall): readonly Node[] {
    try {
      const masks = Object.keys(call.kwargs).filter(isMaskKeyword);
      const kwargs = Object.fromEntries(Object.entries(call.kwargs).filter(([name]) => !masks.includes(name)));
      const args = this.#filled(call.args) as unknown[];
      const use = { args, kwargs: this.#filled(kwargs) as Use["kwargs"], inputs: nodesIn(args) };
      const masked = this.#masked(use, call.kwargs);
      return listOf(plan.apply(masked));
    } catch (error) {
      if (error instanceof CannotBuild || error instanceof FormatError) throw error;
      const isKnown = [Unsupported, ArgumentError, ShapeError, StateError].some((kind) => error instanceof kind);
      if (isKnown) throw new CannotBuild(plan.layer, (error as Error).message);
      throw error;
    }
  }

  /** Gives the first input the mask that the call says it has. */
  #masked(use: Use, kwargs: KerasCall["kwargs"]): Use {
    if (!("mask" in kwargs) || use.inputs.length === 0) return use;
    const [x] = use.inputs;
    const [given] = tensorsIn(kwargs.mask);
    if (given && x.mask && this.#isAutomatic(kwargs.mask)) return use;
    if (!given && !x.mask) return use;
    const changed = given ? withMask(x, this.node(given)) : withoutMask(x);
    return replaced(use, x, changed);
  }

  build(): Model {
    const outputs = this.plan.outputs.map((tensor) => this.node(tensor));
    const inputs = this.plan.inputs.map(({ tensor }: InputPlan) => this.#made.get(this.#key(tensor))![tensor.output]);
    const built = modelOf({ inputs, outputs, name: this.plan.name }) as Model;
    if (!this.plan.trainable) built.trainable = false;
    return built;
  }
}

function nodesIn(value: unknown): Node[] {
  if (value instanceof Node) return [value];
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isJson(value) ? Object.values(value as object).flatMap(nodesIn) : [];
}

function replaced(use: Use, from: Node, to: Node): Use {
  const change = (value: unknown): unknown => {
    if (value === from) return to;
    return Array.isArray(value) ? value.map(change) : value;
  };
  return { ...use, args: change(use.args) as unknown[], inputs: use.inputs.map((node) => (node === from ? to : node)) };
}

/** A use of a translated layer. */
export function useLayer({ layer, call, isPointwise }: Translation, use: Use, drops: () => void): LayerResult {
  const { inputs } = use;
  const once = (given: Use) => (call ? call(given) : apply(layer!, given.inputs));
  const twins = isPointwise ? inputs.map(twinOf) : [];
  const [twin] = twins;
  if (twin && twins.every((other) => other?.axis === twin.axis)) {
    const moved = twins.map((other) => other!.node);
    return fromLast(once({ ...use, inputs: moved, args: moved }) as Node, twin.axis);
  }
  try {
    return once(use);
  } catch (error) {
    // Keras stops a mask at a layer that does not know what to do with it.
    const isOfMask = error instanceof ArgumentError && inputs.some(({ mask }) => mask);
    if (!isOfMask) throw error;
    const bare = inputs.reduce(
      (changed, node) => (node.mask ? replaced(changed, node, withoutMask(node)) : changed),
      use,
    );
    const result = once(bare);
    drops();
    return result;
  }
}

/** Builds a model of its plan. @throws CannotBuild where layers do not fit together */
export function build(plan: ModelPlan): Model {
  return new Builder(plan).build();
}
