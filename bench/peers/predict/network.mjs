// What the predicting libraries are told: a network as in networks.json, and its weights as one vector, layer by layer, each
// kernel before its bias. Kernels of dense layers are [inputs, units], those of convolutions [3, 3, channels, filters], images
// [side, side, channels].

/** The edge of the image that goes into each convolution, then into the dense layers. */
export function sidesOf({ filters = [], widths }) {
  const sides = [Math.sqrt(widths[0])];
  for (const _ of filters) sides.push(Math.floor((sides.at(-1) - 2) / 2));
  return sides;
}

/** The shapes of all kernels, the convolutions' first; the last dimension is that of the bias. */
export function kernelShapes({ filters = [], widths }) {
  const convolutions = filters.map((count, i) => [3, 3, filters[i - 1] ?? 1, count]);
  const inputs = filters.length ? sidesOf({ filters, widths }).at(-1) ** 2 * filters.at(-1) : widths[0];
  return [...convolutions, ...widths.slice(1).map((units, i) => [i ? widths[i] : inputs, units])];
}

const product = (sizes) => sizes.reduce((a, b) => a * b, 1);

export function weightCount(network) {
  return kernelShapes(network).reduce((sum, shape) => sum + product(shape) + shape.at(-1), 0);
}

/** Kernels and biases as parts of the vector. */
export function splitWeights(network, values) {
  let offset = 0;
  const take = (size) => {
    offset += size;
    return values.subarray(offset - size, offset);
  };
  return kernelShapes(network).map((shape) => ({ shape, kernel: take(product(shape)), bias: take(shape.at(-1)) }));
}
