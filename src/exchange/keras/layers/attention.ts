import type { LayerResult } from "../../../graph/layer";
import { Node } from "../../../graph/node";
import { additiveAttention } from "../../../layers/attention/additiveAttention";
import { attention } from "../../../layers/attention/attention";
import type { AttentionLayer } from "../../../layers/attention/call";
import { groupQueryAttention } from "../../../layers/attention/groupQueryAttention";
import { multiHeadAttention } from "../../../layers/attention/multiHeadAttention";
import { transpose } from "../../../nodes/axes";
import { matmul } from "../../../nodes/products";
import { softmax } from "../../../nodes/reductions";
import { show } from "../../../options";
import { Unsupported } from "../origin";
import type { Settings } from "../settings";
import { storedAs, type Translation, type Translator, type Use } from "../translation";

/** Attention. What Keras says at the call, such as a causal mask, is an option of the layer here. */

/** What all calls say under a keyword, or at a place among the arguments. */
function ofAllCalls(settings: Settings, keyword: string): unknown {
  const { calls } = settings.layer;
  const given = new Set(calls.map(({ kwargs }) => JSON.stringify(kwargs[keyword] ?? null)));
  if (given.size > 1) throw new Unsupported(`its calls differ in ${keyword}`);
  return calls[0]?.kwargs[keyword] ?? undefined;
}

const nodesOf = (value: unknown): Node[] => {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  return value instanceof Node ? [value] : [];
};

/** Query, value and key, if it is not the value, and an attention mask. */
function rolesOf({ args, kwargs }: Use): { inputs: Node[]; mask: Node | undefined } {
  const names = ["query", "value", "key"];
  // Keras 2 has some of them by keyword.
  const placed = args.length === 1 && Array.isArray(args[0]) ? args[0] : args;
  const roles = names.map((name, i) => kwargs[name] ?? placed[i]);
  const inputs = roles.flatMap((role) => nodesOf(role));
  const mask = kwargs.attention_mask;
  return { inputs, mask: mask instanceof Node ? mask : undefined };
}

/** Applies attention, with scores as a second output where the call asks for them. */
function attend(layer: AttentionLayer<LayerResult>, use: Use): LayerResult {
  const { inputs, mask } = rolesOf(use);
  const returnAttentionScores = use.kwargs.return_attention_scores === true;
  return layer.apply(inputs, {
    ...(mask && { attentionMask: mask }),
    ...(returnAttentionScores && { returnAttentionScores }),
  } as never);
}

function headsOptions(settings: Settings) {
  settings.ignore("seed", "flash_attention", "query_shape", "key_shape", "value_shape", "softmax_robust_masking");
  settings.ignore("kernel_constraint", "bias_constraint");
  settings.only("use_gate", false);
  const window = settings.get("sliding_window");
  return {
    ...settings.common,
    useBias: settings.flag("use_bias", true),
    dropout: settings.number("dropout", 0),
    useCausalMask: ofAllCalls(settings, "use_causal_mask") === true,
    ...(typeof window === "number" && { slidingWindow: window }),
    ...settings.weights("kernel", "bias"),
  };
}

function multiHead(settings: Settings): Translation {
  const axes = settings.get("attention_axes");
  if (axes !== undefined && JSON.stringify([axes].flat()) !== "[1]") {
    throw new Unsupported(`its attention_axes are ${show(axes)}: attention along axis 1 is supported`);
  }
  const outputShape = settings.get("output_shape");
  const layer = multiHeadAttention({
    ...headsOptions(settings),
    numHeads: settings.number("num_heads"),
    keyDim: settings.number("key_dim"),
    valueDim: settings.number("value_dim", settings.number("key_dim")),
    ...(outputShape !== undefined && { outputShape: [outputShape].flat() as number[] }),
  }) as unknown as AttentionLayer<LayerResult>;
  return { layer, call: (use) => attend(layer, use) };
}

function groupQuery(settings: Settings): Translation {
  const layer = groupQueryAttention({
    ...headsOptions(settings),
    headDim: settings.number("head_dim"),
    numQueryHeads: settings.number("num_query_heads"),
    numKeyValueHeads: settings.number("num_key_value_heads"),
  }) as unknown as AttentionLayer<LayerResult>;
  return { layer, call: (use) => attend(layer, use) };
}

function pairs(settings: Settings, isAdditive: boolean): Translation {
  settings.only("score_mode", "dot", `its score_mode is ${show(settings.get("score_mode"))}: "dot" is supported`);
  settings.ignore("seed");
  const isCausal = settings.flag("causal", false) || ofAllCalls(settings, "use_causal_mask") === true;
  const options = {
    ...settings.common,
    useScale: settings.flag("use_scale", isAdditive),
    dropout: settings.number("dropout", 0),
    useCausalMask: isCausal,
  };
  const layer = (isAdditive ? additiveAttention(options) : attention(options)) as AttentionLayer<LayerResult>;
  return {
    layer,
    call: (use) => {
      const { inputs } = rolesOf(use);
      if (inputs.some(({ dimensions }) => dimensions.length !== 2)) return attend(layer, use);
      if (isAdditive || options.useScale || isCausal) throw new Unsupported("its inputs have no axis of time");
      settings.origin.report.warn(
        `${options.name}: its inputs have no axis of time: as in Keras, samples of a batch see each other.`,
      );
      const [query, value, key = value] = inputs;
      return matmul(softmax(matmul(query, transpose(key, [1, 0])), { axis: -1 }), value);
    },
    // The one number of a scale has no axes in Keras.
    stored: (weights) => storedAs(weights).map((weight) => (isAdditive ? weight : { ...weight, shape: [] })),
  };
}

export const attentions: Readonly<Record<string, Translator>> = {
  MultiHeadAttention: multiHead,
  GroupedQueryAttention: groupQuery,
  GroupQueryAttention: groupQuery,
  Attention: (settings) => pairs(settings, false),
  AdditiveAttention: (settings) => pairs(settings, true),
};
