import type { BuiltWeight, LayerResult } from "../../../graph/layer";
import { Node } from "../../../graph/node";
import { bidirectional } from "../../../layers/recurrent/bidirectional";
import { gru } from "../../../layers/recurrent/gru";
import { lstm } from "../../../layers/recurrent/lstm";
import type { RecurrentLayer } from "../../../layers/recurrent/recurrent";
import { simpleRNN } from "../../../layers/recurrent/simpleRNN";
import { expandDims } from "../../../nodes/axes";
import { where } from "../../../nodes/elementwise";
import { withMask } from "../../../nodes/masking";
import { show } from "../../../options";
import { isJson, type Json } from "../config";
import { Unsupported } from "../origin";
import { Settings } from "../settings";
import { type StoredWeight, storedAs, type Translation, type Translator, type Use } from "../translation";

/** Recurrent layers. Gates stand in the order of Keras. */

type Kind = "LSTM" | "GRU" | "SimpleRNN";

/** Recurrent layers, and cells within `RNN`, by what they compute. */
const KINDS: Readonly<Record<string, Kind>> = {
  LSTM: "LSTM",
  LSTMV2: "LSTM",
  LSTMCell: "LSTM",
  CuDNNLSTM: "LSTM",
  GRU: "GRU",
  GRUV2: "GRU",
  GRUCell: "GRU",
  CuDNNGRU: "GRU",
  SimpleRNN: "SimpleRNN",
  SimpleRNNCell: "SimpleRNN",
};

/** What goes through the sequence, without the cell's own options. */
function sequenceOptions(settings: Settings) {
  settings.only("time_major", false);
  settings.ignore("unroll", "implementation", "input_length", "input_dim", "use_legacy_config", "use_cudnn", "seed");
  return {
    ...settings.common,
    returnSequences: settings.flag("return_sequences", false),
    returnState: settings.flag("return_state", false),
    goBackwards: settings.flag("go_backwards", false),
    stateful: settings.flag("stateful", false),
  };
}

function cellOptions(settings: Settings, kind: Kind, isCudnn: boolean) {
  settings.ignore("unit_forget_bias", "unroll", "implementation", "seed");
  const own = {
    units: settings.number("units"),
    ...settings.weights("kernel", "recurrent", "bias"),
  };
  if (isCudnn) return kind === "GRU" ? { ...own, resetAfter: true } : own;
  return {
    ...own,
    activation: settings.has("activation") ? settings.activation() : "linear",
    useBias: settings.flag("use_bias", true),
    dropout: settings.number("dropout", 0),
    recurrentDropout: settings.number("recurrent_dropout", 0),
    ...(kind !== "SimpleRNN" && { recurrentActivation: settings.activation("recurrent_activation") }),
    ...(kind === "GRU" && { resetAfter: settings.flag("reset_after", false) }),
  };
}

/** The states of a call: behind the sequence, or by keyword. */
function statesOf({ inputs, kwargs }: Use): Node[] {
  const given = kwargs.initial_state;
  const named = (Array.isArray(given) ? given.flat(2) : [given]).filter((one) => one instanceof Node);
  return named.length ? named : inputs.slice(1);
}

function callRecurrent(layer: RecurrentLayer<LayerResult>, use: Use): LayerResult {
  const states = statesOf(use);
  return layer.apply(use.inputs[0], states.length ? { initialState: states } : {});
}

function recurrentOf(settings: Settings, kind: Kind, isCudnn: boolean, cell = settings): RecurrentLayer<LayerResult> {
  const options = { ...sequenceOptions(settings), ...cellOptions(cell, kind, isCudnn) } as never;
  const layer: unknown = kind === "LSTM" ? lstm(options) : kind === "GRU" ? gru(options) : simpleRNN(options);
  return layer as RecurrentLayer<LayerResult>;
}

/** With `zero_output_for_mask` steps that do not count put out 0, where they repeat the last one by default. */
function zerosForMask(x: Node, result: LayerResult): LayerResult {
  const [y, ...states] = result instanceof Node ? [result] : result;
  if (!x.mask || !y.mask) return result;
  const zeroed = withMask(where(expandDims(y.mask, 2), y, 0), y.mask);
  return result instanceof Node ? zeroed : [zeroed, ...states];
}

function recurrent(settings: Settings): Translation {
  const { className } = settings.layer;
  const isCudnn = className.startsWith("CuDNN");
  const kind = KINDS[className];
  const zeros = settings.flag("zero_output_for_mask", false);
  const layer = recurrentOf(settings, kind, isCudnn);
  return {
    layer,
    call: (use) => {
      const result = callRecurrent(layer, use);
      return zeros ? zerosForMask(use.inputs[0], result) : result;
    },
    ...(isCudnn && { stored: (weights) => ofCudnn(weights, kind === "LSTM" ? 4 : 3) }),
  };
}

/** `RNN` around a cell is the layer of that cell. */
function rnn(settings: Settings): Translation {
  const cell = settings.get("cell");
  const className = isJson(cell) ? String(cell.class_name) : "";
  const kind = Object.hasOwn(KINDS, className) ? KINDS[className] : undefined;
  if (!kind)
    throw new Unsupported(`its cell is ${className || show(cell)}: LSTMCell, GRUCell and SimpleRNNCell are supported`);
  const inner = settingsOf(cell as Json, settings);
  const zeros = settings.flag("zero_output_for_mask", false);
  const layer = recurrentOf(settings, kind, false, inner);
  inner.finish();
  return {
    layer,
    call: (use) => {
      const result = callRecurrent(layer, use);
      return zeros ? zerosForMask(use.inputs[0], result) : result;
    },
  };
}

/** Settings of a layer within another. */
export function settingsOf(inner: Json, { origin, layer }: Settings): Settings {
  const config = isJson(inner.config) ? inner.config : {};
  const name = typeof config.name === "string" ? config.name : layer.name;
  const own = { className: String(inner.class_name), name, config, calls: layer.calls, buildConfig: {} };
  return new Settings(own, origin);
}

/** Both directions of a recurrent layer. */
function both(settings: Settings): Translation {
  const given = settings.get("layer");
  const className = isJson(given) ? String(given.class_name) : "";
  const known = Object.hasOwn(KINDS, className) ? KINDS[className] : undefined;
  if (!known || className.endsWith("Cell")) {
    throw new Unsupported(`it goes both ways with ${className || show(given)}: LSTM, GRU and SimpleRNN are supported`);
  }
  const inner = settingsOf(given as Json, settings);
  // Bidirectional sets it itself.
  inner.ignore("zero_output_for_mask");
  checkBackward(settings, inner);
  const mode = settings.layer.config.merge_mode;
  settings.ignore("merge_mode", "num_constants", "return_sequences", "return_state", "stateful", "go_backwards");
  if (mode === null) throw new Unsupported("its merge_mode is null, which gives both directions apart");
  const isCudnn = className.startsWith("CuDNN");
  const layer = bidirectional({
    ...settings.common,
    layer: recurrentOf(inner, known, isCudnn) as RecurrentLayer<Node>,
    mergeMode: (mode ?? "concat") as never,
  }) as RecurrentLayer<LayerResult>;
  inner.finish();
  return {
    layer,
    call: (use) => callRecurrent(layer, use),
    ...(isCudnn && {
      stored: (weights) => {
        const half = weights.length / 2;
        return [weights.slice(0, half), weights.slice(half)].flatMap((own) => ofCudnn(own, known === "LSTM" ? 4 : 3));
      },
    }),
  };
}

/** Refuses a backward layer that is another than the forward one. */
function checkBackward(settings: Settings, forward: Settings): void {
  const given = settings.get("backward_layer");
  if (!isJson(given)) return;
  const config = isJson(given.config) ? given.config : {};
  for (const key of ["units", "activation", "recurrent_activation", "use_bias", "reset_after", "return_sequences"]) {
    const [own, other] = [forward.layer.config[key], config[key]].map((value) => JSON.stringify(value ?? null));
    if (own !== other) throw new Unsupported(`its backward_layer has another ${key} than its layer`);
  }
  if (given.class_name !== forward.layer.className) throw new Unsupported("its backward_layer is of another kind");
}

/**
 * Weights as cuDNN has them, gate by gate: kernels that are read column by column, recurrent ones transposed, and two biases, which
 * an LSTM adds up.
 */
function ofCudnn(weights: readonly BuiltWeight[], gates: 3 | 4): StoredWeight[] {
  const [kernel, recurrentKernel, bias] = storedAs(weights);
  const [inputs, columns] = kernel.shape;
  const units = columns / gates;
  const byGate = (rows: number, at: (row: number, column: number) => number) => (values: Float32Array) => {
    const result = new Float32Array(values.length);
    for (let gate = 0; gate < gates; gate++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < units; column++) {
          const from = at(row, column);
          const [fromRow, fromColumn] = [Math.floor(from / units), from % units];
          result[row * columns + gate * units + column] = values[fromRow * columns + gate * units + fromColumn];
        }
      }
    }
    return result;
  };
  const added = (values: Float32Array) =>
    Float32Array.from({ length: columns }, (_, i) => Math.fround(values[i] + values[columns + i]));
  return [
    // Kᵀ is [units, inputs], row by row; its numbers fill the kernel column by column.
    { ...kernel, convert: byGate(inputs, (row, column) => column * inputs + row) },
    { ...recurrentKernel, convert: byGate(units, (row, column) => column * units + row) },
    { ...bias, shape: [2 * columns], ...(gates === 4 && { convert: added }) },
  ];
}

export const recurrents: Readonly<Record<string, Translator>> = {
  LSTM: recurrent,
  LSTMV2: recurrent,
  GRU: recurrent,
  GRUV2: recurrent,
  SimpleRNN: recurrent,
  CuDNNLSTM: recurrent,
  CuDNNGRU: recurrent,
  RNN: rnn,
  Bidirectional: both,
};
