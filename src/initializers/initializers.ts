import { ShapeError } from "../errors";
import { deriveKey, RandomStream } from "../numeric/random";
import { finiteNumber, integer, oneOf } from "../options";
import { finite, notNegative, type Option, type OptionsOf, positive, readOptions, readSettings } from "../optionTable";
import { INITIALIZER_NAMES, type Initializer, type InitializerLike, type InitializerName } from "./initializer";
import { fillOrthogonal } from "./orthogonal";

/** Which fan divides the scale: inputs of a unit, outputs, or the mean of both. */
export type FanMode = "fanIn" | "fanOut" | "fanAvg";
/** What values are drawn from; the truncated one within two standard deviations. */
export type FanDistribution = "truncatedNormal" | "untruncatedNormal" | "uniform";

const fanMode: Option<FanMode> = (given, who, option) => oneOf(who, option, given, ["fanIn", "fanOut", "fanAvg"]);
const fanDistribution: Option<FanDistribution> = (given, who, option) =>
  oneOf(who, option, given, ["truncatedNormal", "untruncatedNormal", "uniform"]);
const anySeed: Option<number | null, number | undefined> = (given, who, option) =>
  given === null ? undefined : integer(who, option, given, {});

const noOptions = {};

/** How options of initializers that draw are read. */
const seedOptions = {
  /** Draws the same values whatever the model's seed and the weight's place in it. An integer. */
  seed: [anySeed, undefined],
} as const;

/** How options of `constant` are read. */
const constantOptions = {
  /** Default 0. */
  value: [finite, 0],
} as const;

/** How options of uniform initializers are read. */
const uniformOptions = {
  /** Default -0.05. */
  minval: [finite, -0.05],
  /** Default 0.05. */
  maxval: [finite, 0.05],
} as const;

/** How options of normal initializers are read. */
const normalOptions = {
  /** Default 0. */
  mean: [finite, 0],
  /** Default 0.05. */
  stddev: [notNegative, 0.05],
} as const;

/** How options of initializers with a gain are read. */
const gainOptions = {
  /** What the matrix is multiplied by. Default 1. */
  gain: [finite, 1],
} as const;

/** How options of `varianceScaling` are read. */
const scalingOptions = {
  /** Variance times fan. Default 1. */
  scale: [positive, 1],
  /** Which fan divides `scale`. Default "fanIn". */
  mode: [fanMode, "fanIn"],
  /** Default "truncatedNormal". */
  distribution: [fanDistribution, "truncatedNormal"],
} as const;

/** Options of initializers that draw. */
export interface SeedOptions extends OptionsOf<typeof seedOptions> {}

/** Options of `constant`. */
export interface ConstantOptions extends OptionsOf<typeof constantOptions> {}

/** Options of uniform initializers. */
export interface UniformOptions extends SeedOptions, OptionsOf<typeof uniformOptions> {}

/** Options of normal initializers. */
export interface NormalOptions extends SeedOptions, OptionsOf<typeof normalOptions> {}

/** Options of initializers with a gain. */
export interface GainOptions extends OptionsOf<typeof gainOptions> {}

/** Options of `orthogonal`. */
export interface OrthogonalOptions extends GainOptions, SeedOptions {}

/** Options of `varianceScaling`. */
export interface VarianceScalingOptions extends SeedOptions, OptionsOf<typeof scalingOptions> {}

/** Standard deviation of a standard normal number given that it lies between −2 and 2. */
const TRUNCATED_STDDEV = 0.8796256610342398;

/** Inputs and outputs of one unit: the last two dimensions times the receptive field before them. */
export function computeFans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: shape[0] ?? 1, fanOut: shape[0] ?? 1 };
  const field = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  return { fanIn: shape[shape.length - 2] * field, fanOut: shape[shape.length - 1] * field };
}

/** One value after the other from a stream of random numbers. */
type Draw = (stream: RandomStream) => number;

/** An initializer that draws one value after the other. Its options have been checked, but for the seed. */
function drawn(name: string, options: SeedOptions, drawFor: (shape: readonly number[]) => Draw): Initializer {
  const { seed } = readSettings(`initializers.${name}`, options, seedOptions);
  return {
    name,
    options: { ...options },
    fill(target, shape, key) {
      const stream = streamOf(seed, key);
      const draw = drawFor(shape);
      for (let i = 0; i < target.length; i++) target[i] = draw(stream);
    },
  };
}

function streamOf(seed: number | undefined, key: number): RandomStream {
  return new RandomStream(seed === undefined ? key : deriveKey(seed));
}

/** All 0: the default of biases. */
function zeros(options: Record<string, never> = {}): Initializer {
  readOptions("initializers.zeros", options, noOptions);
  return { name: "zeros", options: {}, fill: (target) => void target.fill(0) };
}

/** All 1. */
function ones(options: Record<string, never> = {}): Initializer {
  readOptions("initializers.ones", options, noOptions);
  return { name: "ones", options: {}, fill: (target) => void target.fill(1) };
}

/** All the same value. */
function constant(options: ConstantOptions = {}): Initializer {
  const { value } = readOptions("initializers.constant", options, constantOptions);
  return { name: "constant", options: { ...options }, fill: (target) => void target.fill(value) };
}

/** Equally likely anywhere from `minval` to `maxval`. */
function randomUniform(options: UniformOptions = {}): Initializer {
  const who = "initializers.randomUniform";
  const { minval: low, maxval } = readOptions(who, options, { ...uniformOptions, ...seedOptions });
  const high = finiteNumber(who, "maxval", maxval, { min: low });
  return drawn("randomUniform", options, () => (stream) => low + (high - low) * stream.uniform());
}

/** Normal with this mean and standard deviation. */
function randomNormal(options: NormalOptions = {}): Initializer {
  const { mean, stddev } = readOptions("initializers.randomNormal", options, { ...normalOptions, ...seedOptions });
  return drawn("randomNormal", options, () => (stream) => mean + stddev * stream.normal());
}

/** Normal, but never further than two standard deviations from the mean; the result's own deviation is 0.88 `stddev`. */
function truncatedNormal(options: NormalOptions = {}): Initializer {
  const { mean, stddev } = readOptions("initializers.truncatedNormal", options, { ...normalOptions, ...seedOptions });
  return drawn("truncatedNormal", options, () => (stream) => mean + stddev * stream.truncatedNormal());
}

interface Scaling {
  scale: number;
  mode: FanMode;
  distribution: FanDistribution;
}

function drawScaled({ scale, mode, distribution }: Scaling, shape: readonly number[]): Draw {
  const { fanIn, fanOut } = computeFans(shape);
  const fan = mode === "fanIn" ? fanIn : mode === "fanOut" ? fanOut : (fanIn + fanOut) / 2;
  const variance = scale / Math.max(1, fan);
  if (distribution === "uniform") {
    const limit = Math.sqrt(3 * variance);
    return (stream) => limit * (2 * stream.uniform() - 1);
  }
  const stddev = Math.sqrt(variance);
  if (distribution === "untruncatedNormal") return (stream) => stddev * stream.normal();
  return (stream) => (stddev / TRUNCATED_STDDEV) * stream.truncatedNormal();
}

/** Mean 0 and variance scale / fan, so that signals keep their size from layer to layer. */
function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  const scaling = readOptions("initializers.varianceScaling", options, { ...scalingOptions, ...seedOptions });
  return drawn("varianceScaling", options, (shape) => drawScaled(scaling, shape));
}

function scaled(name: string, scale: number, mode: FanMode, distribution: FanDistribution) {
  return (options: SeedOptions = {}): Initializer => {
    readOptions(`initializers.${name}`, options, seedOptions);
    return drawn(name, options, (shape) => drawScaled({ scale, mode, distribution }, shape));
  };
}

const glorotUniform = scaled("glorotUniform", 1, "fanAvg", "uniform");
const glorotNormal = scaled("glorotNormal", 1, "fanAvg", "truncatedNormal");
const heNormal = scaled("heNormal", 2, "fanIn", "truncatedNormal");
const heUniform = scaled("heUniform", 2, "fanIn", "uniform");
const lecunNormal = scaled("lecunNormal", 1, "fanIn", "truncatedNormal");
const lecunUniform = scaled("lecunUniform", 1, "fanIn", "uniform");

/**
 * A random matrix whose shorter side is orthonormal, times `gain`: no direction grows or shrinks. All dimensions but the last
 * count as rows. Saxe, McClelland & Ganguli 2014.
 */
function orthogonal(options: OrthogonalOptions = {}): Initializer {
  const who = "initializers.orthogonal";
  const { gain, seed } = readOptions(who, options, { ...gainOptions, ...seedOptions });
  return {
    name: "orthogonal",
    options: { ...options },
    fill(target, shape, key) {
      if (shape.length < 2) throw new ShapeError(`${who}: needs a weight of rank 2 or more, got shape [${shape}].`);
      fillOrthogonal(target, shape[shape.length - 1], gain, streamOf(seed, key));
    },
  };
}

/** `gain` on the diagonal, 0 elsewhere. Only for matrices, which need not be square. */
function identity(options: GainOptions = {}): Initializer {
  const who = "initializers.identity";
  const { gain } = readOptions(who, options, gainOptions);
  return {
    name: "identity",
    options: { ...options },
    fill(target, shape) {
      if (shape.length !== 2) throw new ShapeError(`${who}: needs a weight of rank 2, got shape [${shape}].`);
      target.fill(0);
      for (let i = 0; i < Math.min(shape[0], shape[1]); i++) target[i * shape[1] + i] = gain;
    },
  };
}

/** The initializers, each made from an object of options, all of which have defaults. */
export const initializers = {
  zeros,
  ones,
  constant,
  randomUniform,
  randomNormal,
  truncatedNormal,
  /** Uniform within ±√(6 / (fanIn + fanOut)): the default of kernels. Glorot & Bengio 2010. */
  glorotUniform,
  /** Truncated normal of variance 2 / (fanIn + fanOut). Glorot & Bengio 2010. */
  glorotNormal,
  /** Truncated normal of variance 2 / fanIn, for relu. He et al. 2015. */
  heNormal,
  /** Uniform within ±√(6 / fanIn), for relu. He et al. 2015. */
  heUniform,
  /** Truncated normal of variance 1 / fanIn, for selu. Klambauer et al. 2017. */
  lecunNormal,
  /** Uniform within ±√(3 / fanIn). LeCun et al. 1998. */
  lecunUniform,
  orthogonal,
  identity,
  varianceScaling,
} satisfies Record<InitializerName, unknown>;

/** The initializer that a layer has noted, see `readInitializer`. */
export function resolveInitializer(value: InitializerLike, who: string): Initializer {
  if (typeof value === "string") return initializers[oneOf(who, "initializer", value, INITIALIZER_NAMES)]();
  if ("fill" in value) return value;
  const { name, options } = value;
  const factory = initializers[oneOf(who, "initializer", name, INITIALIZER_NAMES)] as (options?: object) => Initializer;
  return factory(options);
}
