import type { Graph, Shape, Value } from "../graph/graph";
import { conv2dTranspose as conv2dTransposeOp } from "../ops/conv2dTranspose";
import { blocksOf } from "../ops/convolution";
import { emitActivation } from "./activations";
import { FiltersConvolution, type FiltersOptions } from "./convolution";
import type { Layer, WeightSpec } from "./layer";
import { type ImageSize, imageShape, paddingBefore } from "./window";

/** In one dimension images are one pixel high. */
class ConvTranspose extends FiltersConvolution {
  constructor(kind: string, options: FiltersOptions, dimensions: 1 | 2) {
    super(kind, options, [], dimensions);
  }

  /** Pixels of the output along an axis: as many as a convolution with these options would turn into `size`. */
  #outputSize(size: number, axis: 0 | 1): number {
    const [stride, span] = [this.strides[axis], this.span[axis]];
    return size * stride + (this.padding === "valid" ? Math.max(0, span - stride) : 0);
  }

  #outputImage({ height, width }: ImageSize): ImageSize {
    const isFlat = this.dimensions === 1;
    return {
      height: isFlat ? 1 : this.#outputSize(height, 0),
      width: this.#outputSize(width, 1),
      channels: this.filters,
    };
  }

  #before(size: number, outputSize: number, axis: 0 | 1): number {
    return this.padding === "valid" ? 0 : paddingBefore(size, outputSize, this.span[axis], this.strides[axis]);
  }

  outputShape(...inputs: Shape[]): Shape {
    return imageShape(this.#outputImage(this.image(this.single(inputs))), this.dimensions);
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const { channels } = this.image(this.single(inputs));
    return [this.kernelSpec(this.filters, channels), ...this.biasSpecs(this.filters)];
  }

  emit(graph: Graph, [x]: Value[], [w, b]: Value[]): Value {
    const [batch, ...sample] = x.shape;
    const input = this.image(sample);
    const output = this.#outputImage(input);
    const sizes = {
      ...output,
      ...this.steps,
      batch,
      outHeight: input.height,
      outWidth: input.width,
      filters: input.channels,
      padTop: this.#before(input.height, output.height, 0),
      padLeft: this.#before(input.width, output.width, 1),
      groups: 1,
    };
    const counts = { ...sizes, ...blocksOf(sizes, "y") };
    const values: Record<string, Value> = b ? { x, w, b } : { x, w };
    const shape = [batch, ...imageShape(output, this.dimensions)];
    const y = graph.emit(conv2dTransposeOp, this.name, values, shape, { counts });
    return emitActivation(graph, this.activation, y, this.name);
  }
}

/**
 * The transpose of a convolution, which makes images larger: every pixel adds the kernel, times itself, to the output.
 *
 * Input `[batch, height, width, channels]`, output `[batch, height · strides, width · strides, filters]`, with padding
 * `"valid"` larger by what the kernel exceeds the strides. Weights: `kernel` `[kernelHeight, kernelWidth, filters,
 * channels]` (the output's channels come first, as in Keras), `bias` `[filters]`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function conv2dTranspose(options: FiltersOptions): Layer {
  return new ConvTranspose("conv2dTranspose", options, 2);
}

/**
 * The transpose of a convolution over sequences.
 *
 * Input `[batch, length, channels]`, output `[batch, length · strides, filters]`, with padding `"valid"` longer by what
 * the kernel exceeds the strides. Weights: `kernel` `[kernelLength, filters, channels]`, `bias` `[filters]`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function conv1dTranspose(options: FiltersOptions): Layer {
  return new ConvTranspose("conv1dTranspose", options, 1);
}
