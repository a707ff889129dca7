import { dense } from "../ops/dense";
import { type CoreMachine, checkApart, checkSize, PRODUCT_SCRATCH_BYTES } from "./machine";

/** Products of matrices that are stored row after row. */
export interface Products {
  /**
   * c (=|+=) a·b, or a·b + bias in every row.
   *
   * @param a [m, k]
   * @param b [k, n]
   * @param c [m, n], apart from the others
   * @param k the length of the sums
   * @param add whether to add to what is in c. Default false: store
   * @param bias [n], added to every row. Default none
   * @throws ArgumentError for arrays that are not of this core, sizes that are no positive integers, a `c` that overlaps;
   *   ShapeError for arrays of another length
   */
  matmul(
    a: Float32Array,
    b: Float32Array,
    c: Float32Array,
    m: number,
    n: number,
    k: number,
    add?: boolean,
    bias?: Float32Array,
  ): void;
  /**
   * c (=|+=) aᵀ·b, as for the gradient of a layer's weights: a its inputs, b the gradients of its outputs, k the samples.
   *
   * @param a [k, m]
   * @param b [k, n]
   * @param c [m, n], apart from the others
   * @param k the length of the sums
   * @param add whether to add to what is in c. Default false: store
   * @throws as `matmul`
   */
  matmulTransposeA(
    a: Float32Array,
    b: Float32Array,
    c: Float32Array,
    m: number,
    n: number,
    k: number,
    add?: boolean,
  ): void;
  /**
   * c (=|+=) a·bᵀ, as for the gradient of a layer's inputs: a the gradients of its outputs, b its weights.
   *
   * @param a [m, k]
   * @param b [n, k]
   * @param c [m, n], apart from the others
   * @param k the length of the sums
   * @param add whether to add to what is in c. Default false: store
   * @throws as `matmul`
   */
  matmulTransposeB(
    a: Float32Array,
    b: Float32Array,
    c: Float32Array,
    m: number,
    n: number,
    k: number,
    add?: boolean,
  ): void;
  /**
   * sums (=|+=) Σ over the rows of x, as for the gradient of a layer's bias.
   *
   * @param x [rows, columns]
   * @param sums [columns], apart from x
   * @param add whether to add to what is in sums. Default false: store
   * @throws as `matmul`
   */
  sumRows(x: Float32Array, sums: Float32Array, rows: number, columns: number, add?: boolean): void;
}

/** Checks what the three forms have in common; every array has an address then. */
function checkProduct(who: string, m: number, n: number, k: number): void {
  checkSize(who, "m", m);
  checkSize(who, "n", n);
  checkSize(who, "k", k);
}

export function productsOf(machine: CoreMachine): Products {
  const { integers } = machine;
  const [nn, tn, nt] = (["gemmNN", "gemmTN", "gemmNT"] as const).map((name) => machine.gemm(name));
  // Behind the arena there is always room for a product.
  const scratch = (who: string) => machine.scratch(who, PRODUCT_SCRATCH_BYTES);
  const address = (who: string, name: string, array: Float32Array, length: number) =>
    machine.address(who, name, array, length);
  const result = (who: string, c: Float32Array, size: number, a: number, aSize: number, b: number, bSize: number) => {
    const at = machine.address(who, "c", c, size);
    checkApart(who, "c and a", at, size, a, aSize);
    checkApart(who, "c and b", at, size, b, bSize);
    return at;
  };
  const backward = machine.kernel(dense, "Backward");
  const places = machine.places(dense);

  return {
    matmul(a, b, c, m, n, k, add = false, bias) {
      const who = "matmul";
      checkProduct(who, m, n, k);
      const atA = address(who, "a", a, m * k);
      const atB = address(who, "b", b, k * n);
      const atC = result(who, c, m * n, atA, m * k, atB, k * n);
      let atBias = 0;
      if (bias) {
        atBias = address(who, "bias", bias, n);
        checkApart(who, "c and bias", atC, m * n, atBias, n);
      }
      nn(m, n, k, atA, k, atB, n, atC, n, atBias, add ? 1 : 0, scratch(who));
    },

    matmulTransposeA(a, b, c, m, n, k, add = false) {
      const who = "matmulTransposeA";
      checkProduct(who, m, n, k);
      const atA = address(who, "a", a, k * m);
      const atB = address(who, "b", b, k * n);
      const atC = result(who, c, m * n, atA, k * m, atB, k * n);
      tn(m, n, k, atA, m, atB, n, atC, n, add ? 1 : 0, scratch(who));
    },

    matmulTransposeB(a, b, c, m, n, k, add = false) {
      const who = "matmulTransposeB";
      checkProduct(who, m, n, k);
      const atA = address(who, "a", a, m * k);
      const atB = address(who, "b", b, n * k);
      const atC = result(who, c, m * n, atA, m * k, atB, n * k);
      nt(m, n, k, atA, k, atB, k, atC, n, add ? 1 : 0, scratch(who));
    },

    sumRows(x, sums, rows, columns, add = false) {
      const who = "sumRows";
      checkSize(who, "rows", rows);
      checkSize(who, "columns", columns);
      const atX = address(who, "x", x, rows * columns);
      const atSums = address(who, "sums", sums, columns);
      checkApart(who, "sums and x", atSums, columns, atX, rows * columns);
      // The gradient of a dense layer's bias, and of nothing else of it.
      integers[places.dx] = 0;
      integers[places.dw] = 0;
      integers[places.db] = atSums;
      integers[places.addDb] = add ? 1 : 0;
      integers[places.dy] = atX;
      integers[places.rows] = rows;
      integers[places.units] = columns;
      backward();
    },
  };
}
