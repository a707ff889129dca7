import { ShapeError } from "../errors";
import { deriveKey, RandomStream } from "../numeric/random";
import { checkOptions, finiteNumber, integer, oneOf } from "../options";
import { INITIALIZER_NAMES, type Initializer, type InitializerLike, type InitializerName } from "./initializer";
import { fillOrthogonal } from "./orthogonal";

/** Options of initializers that draw. */
export interface SeedOptions {
  /** Draws the same values whatever the model's seed and the weight's place in it. An integer. */
  seed?: number | null | undefined;
}

/** Options of `constant`. */
export interface ConstantOptions {
  /** Default 0. */
  value?: number | undefined;
}

/** Options of uniform initializers. */
export interface UniformOptions extends SeedOptions {
  /** Default -0.05. */
  minval?: number | undefined;
  /** Default 0.05. */
  maxval?: number | undefined;
}

/** Options of normal initializers. */
export interface NormalOptions extends SeedOptions {
  /** Default 0. */
  mean?: number | undefined;
  /** Default 0.05. */
  stddev?: number | undefined;
}

/** Options of initializers with a gain. */
export interface GainOptions {
  /** What the matrix is multiplied by. Default 1. */
  gain?: number | undefined;
}

/** Options of `orthogonal`. */
export interface OrthogonalOptions extends GainOptions, SeedOptions {}

/** Options of `varianceScaling`. */
export interface VarianceScalingOptions extends SeedOptions {
  /** Variance times fan. Default 1. */
  scale?: number | undefined;
  /** Which fan divides `scale`. Default "fanIn". */
  mode?: FanMode | undefined;
  /** Default "truncatedNormal". */
  distribution?: FanDistribution | undefined;
}

/** Which fan divides the scale: inputs of a unit, outputs, or the mean of both. */
export type FanMode = "fanIn" | "fanOut" | "fanAvg";
/** What values are drawn from; the truncated one within two standard deviations. */
export type FanDistribution = "truncatedNormal" | "untruncatedNormal" | "uniform";

const MODES: readonly FanMode[] = ["fanIn", "fanOut", "fanAvg"];
const DISTRIBUTIONS: readonly FanDistribution[] = ["truncatedNormal", "untruncatedNormal", "uniform"];

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

function drawn(name: string, options: SeedOptions, drawFor: (shape: readonly number[]) => Draw): Initializer {
  const seed = readSeed(name, options);
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

function readSeed(name: string, { seed }: SeedOptions): number | undefined {
  return (seed ?? undefined) === undefined ? undefined : integer(`initializers.${name}`, "seed", seed, {});
}

function streamOf(seed: number | undefined, key: number): RandomStream {
  return new RandomStream(seed === undefined ? key : deriveKey(seed));
}

/** All 0: the default of biases. */
function zeros(options: Record<string, never> = {}): Initializer {
  checkOptions("initializers.zeros", options, []);
  return { name: "zeros", options: {}, fill: (target) => void target.fill(0) };
}

/** All 1. */
function ones(options: Record<string, never> = {}): Initializer {
  checkOptions("initializers.ones", options, []);
  return { name: "ones", options: {}, fill: (target) => void target.fill(1) };
}

/** All the same value. */
function constant(options: ConstantOptions = {}): Initializer {
  checkOptions("initializers.constant", options, ["value"]);
  const value = finiteNumber("initializers.constant", "value", options.value ?? 0);
  return { name: "constant", options: { ...options }, fill: (target) => void target.fill(value) };
}

/** Equally likely anywhere from `minval` to `maxval`. */
function randomUniform(options: UniformOptions = {}): Initializer {
  const who = "initializers.randomUniform";
  checkOptions(who, options, ["minval", "maxval", "seed"]);
  const low = finiteNumber(who, "minval", options.minval ?? -0.05);
  const high = finiteNumber(who, "maxval", options.maxval ?? 0.05, { min: low });
  return drawn("randomUniform", options, () => (stream) => low + (high - low) * stream.uniform());
}

function readNormal(who: string, options: NormalOptions) {
  checkOptions(who, options, ["mean", "stddev", "seed"]);
  const mean = finiteNumber(who, "mean", options.mean ?? 0);
  const stddev = finiteNumber(who, "stddev", options.stddev ?? 0.05, { min: 0 });
  return { mean, stddev };
}

/** Normal with this mean and standard deviation. */
function randomNormal(options: NormalOptions = {}): Initializer {
  const { mean, stddev } = readNormal("initializers.randomNormal", options);
  return drawn("randomNormal", options, () => (stream) => mean + stddev * stream.normal());
}

/** Normal, but never further than two standard deviations from the mean; the result's own deviation is 0.88 `stddev`. */
function truncatedNormal(options: NormalOptions = {}): Initializer {
  const { mean, stddev } = readNormal("initializers.truncatedNormal", options);
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
  const who = "initializers.varianceScaling";
  checkOptions(who, options, ["scale", "mode", "distribution", "seed"]);
  const scaling = {
    scale: finiteNumber(who, "scale", options.scale ?? 1, { above: 0 }),
    mode: oneOf(who, "mode", options.mode ?? "fanIn", MODES),
    distribution: oneOf(who, "distribution", options.distribution ?? "truncatedNormal", DISTRIBUTIONS),
  };
  return drawn("varianceScaling", options, (shape) => drawScaled(scaling, shape));
}

function scaled(name: string, scale: number, mode: FanMode, distribution: FanDistribution) {
  return (options: SeedOptions = {}): Initializer => {
    checkOptions(`initializers.${name}`, options, ["seed"]);
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
  checkOptions(who, options, ["gain", "seed"]);
  const gain = finiteNumber(who, "gain", options.gain ?? 1);
  const seed = readSeed("orthogonal", options);
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
  checkOptions(who, options, ["gain"]);
  const gain = finiteNumber(who, "gain", options.gain ?? 1);
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
