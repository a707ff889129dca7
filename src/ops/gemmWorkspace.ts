/** Blocking of the matrix products, as assembly/gemm/packed.ts has it: a test compares the two. */
const MAX_DEPTH = 264;
const MAX_COLUMNS = 512;
/** Columns of bᵀ packed at a time for fewer than so many rows of a. */
const FEW_ROWS_COLUMNS = 128;
const MANY_ROWS = 9;
const MAX_ROWS = 128;
const PANEL_COLUMNS = 16;
const TILES_BYTES = 2048;
/** Numbers of a reduction whose blocks are added up on their own, and elements of c at a time where there are more. */
export const SEGMENT = 1024;
const PART_ELEMENTS = 65_536;
/** Fewer rows than this do not repay the packing of b, as assembly/gemm/gemm.ts has it. */
const PACKED_ROWS = 4;

/** Bytes of scratch memory a thread needs for a product [m, k]·[k, n] in any of its three forms. */
export function gemmWorkspaceBytes(m: number, n: number, k: number): number {
  const depth = Math.min(k, MAX_DEPTH);
  const columns = Math.ceil(Math.min(n, MAX_COLUMNS) / PANEL_COLUMNS) * PANEL_COLUMNS;
  const part = k > SEGMENT ? Math.min(m * Math.min(n, MAX_COLUMNS), PART_ELEMENTS) : 0;
  return (
    TILES_BYTES + 4 * (depth + 1) * columns + 4 * depth * Math.max(PANEL_COLUMNS, Math.min(m, MAX_ROWS)) + 4 * part
  );
}

/** float32 elements for y = x·w forward, dw = xᵀ·dy and dx = dy·wᵀ, one after the other. */
export function denseWorkspaceElements(rows: number, inputs: number, units: number): number {
  const forward = rows < PACKED_ROWS && inputs <= SEGMENT ? 0 : gemmWorkspaceBytes(rows, units, inputs);
  const weights = gemmWorkspaceBytes(inputs, units, rows);
  const columns = rows < MANY_ROWS ? Math.min(inputs, FEW_ROWS_COLUMNS) : inputs;
  const input = gemmWorkspaceBytes(rows, columns, units);
  return Math.max(forward, weights, input) / 4;
}

/** Rows and columns at a time of a sum of products over a batch, as assembly/ops/matmul.ts has it. */
const SUM_ROWS = 512;
const SUM_COLUMNS = 128;

type MatmulCounts = Readonly<Record<"batch" | "rows" | "depth" | "columns" | "sharedA" | "sharedB", number>>;

/**
 * float32 elements for the products of `matmul` and of its gradients, one after the other. With a shared matrix they may be
 * one product of all rows of the batch, or a sum over the batch in parts.
 */
export function matmulWorkspaceElements({ batch, rows, depth, columns, sharedA, sharedB }: MatmulCounts): number {
  const [m, n] = [sharedB ? batch * rows : rows, sharedA ? batch * columns : columns];
  const products = [
    [m, n, depth],
    [m, depth, n],
    [depth, n, m],
  ].flatMap(([m, n, k]) => [gemmWorkspaceBytes(m, n, k), gemmWorkspaceBytes(n, m, k)]);
  const partOf = (rows: number, columns: number) => Math.min(rows, SUM_ROWS) * Math.min(columns, SUM_COLUMNS);
  const part = (isShared: number, rows: number, columns: number) =>
    isShared && batch > 1 ? Math.max(partOf(rows, columns), partOf(columns, rows)) : 0;
  return Math.max(...products) / 4 + Math.max(part(sharedA, rows, depth), part(sharedB, depth, columns));
}
