import type { RandomStream } from "../numeric/random";

/**
 * Makes vectors orthonormal in the order they come, by modified Gram–Schmidt: the Q of the QR decomposition whose R has a
 * positive diagonal, which for normal random vectors is uniform over all orthonormal sets (Mezzadri 2007).
 *
 * What is left of orthogonality is ε·κ (Björck 1967): with float64 and the condition κ of a random matrix, about its
 * size, that is far below float32's last digit.
 */
function orthonormalize(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, k) => {
    let square = 0;
    for (const x of vector) square += x * x;
    const inverse = 1 / Math.sqrt(square);
    for (let i = 0; i < vector.length; i++) vector[i] *= inverse;
    for (let j = k + 1; j < vectors.length; j++) {
      const later = vectors[j];
      let product = 0;
      for (let i = 0; i < vector.length; i++) product += vector[i] * later[i];
      for (let i = 0; i < vector.length; i++) later[i] -= product * vector[i];
    }
  });
}

/** Fills a matrix `[rows, columns]` so that its columns are orthonormal times `gain`, or its rows when those are fewer. */
export function fillOrthogonal(target: Float32Array, columns: number, gain: number, stream: RandomStream): void {
  const rows = target.length / columns;
  const tall = rows >= columns;
  const vectors = Array.from({ length: Math.min(rows, columns) }, () =>
    new Float64Array(Math.max(rows, columns)).map(() => stream.normal()),
  );
  orthonormalize(vectors);
  vectors.forEach((vector, k) => {
    for (let i = 0; i < vector.length; i++) target[tall ? i * columns + k : k * columns + i] = gain * vector[i];
  });
}
