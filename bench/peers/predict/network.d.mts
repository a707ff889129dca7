/** Numbers in all kernels and biases. */
export function weightCount(network: { filters?: readonly number[]; widths: readonly number[] }): number;
