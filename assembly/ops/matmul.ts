// Matrix products, one for each entry of a batch.
//
//   y = op(a)·op(b)             a [batch, rows, depth]   b [batch, depth, columns]   y [batch, rows, columns]
//   d op(a) = dy·op(b)ᵀ         d op(b) = op(a)ᵀ·dy
//
// op(a) is a, or aᵀ with transposeA: a is stored [batch, depth, rows] then; op(b) likewise. A shared matrix serves all entries,
// and its gradient is the sum over the batch. No element depends on how threads share the work.
import { multiply, product, SHORT_DEPTH } from "../gemm/gemm";
import { dotRows, dotVectors, rowByRow, scaleVectors } from "../gemm/skinny";
import { multiplySmall } from "../gemm/small";
import { carry } from "../loops/reduce";
import { shareEnd, shareStart, workspaceOf } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class MatmulRow {
  forward: u32;
  backward: u32;
  a: usize;
  da: usize;
  addDa: i32;
  b: usize;
  db: usize;
  addDb: i32;
  y: usize;
  dy: usize;
  workspace: usize;
  batch: i32;
  rows: i32;
  depth: i32;
  columns: i32;
  transposeA: i32;
  transposeB: i32;
  sharedA: i32;
  sharedB: i32;
}

/** From so many entries on, threads share entries; of fewer, they share every product. */
const MANY_ENTRIES: i32 = 16;
/** Products of at most so many multiplications are shared by entries however few there are. */
const FEW_MULTIPLICATIONS: i64 = 32_768;
/** Longest reduction, and most elements of op(b), for which packing takes longer than it saves. */
const SMALL_DEPTH: i32 = 128;
const SMALL_ELEMENTS: i32 = 2048;
/** Fewer rows than this do not fill a tile. */
const FEW_ROWS: i32 = 3;
/** Blocks of a sum over the batch that are added up on their own. */
const BLOCKS: i32 = 16;
/** Rows and columns at a time of such a sum. */
const SUM_ROWS: i32 = 512;
const SUM_COLUMNS: i32 = 128;

export function matmulForward(row: usize, step: usize): void {
  run(changetype<MatmulRow>(row), false);
}

export function matmulBackward(row: usize, step: usize): void {
  run(changetype<MatmulRow>(row), true);
}

/** Computes the products in a form that needs no sum over the batch, where there is one. */
function run(r: MatmulRow, backward: bool): void {
  const batch = r.batch;
  const m = r.rows;
  const n = r.columns;
  const k = r.depth;
  const sharedA = batch > 1 && r.sharedA != 0;
  const sharedB = batch > 1 && r.sharedB != 0;
  // As in multiplyAll.
  const transposeA = r.transposeA != 0 && m > 1 && k > 1;
  const transposeB = r.transposeB != 0 && n > 1 && k > 1;
  if (sharedB && !sharedA && !transposeA) {
    // Rows of all entries, times one matrix.
    compute(
      backward, 1, batch * m, n, k, r.a, r.da, r.addDa, false, false, r.b, r.db, r.addDb, transposeB, false, r.y, r.dy,
      r.workspace,
    );
  } else if (sharedA && !sharedB && (n == 1 || (m == 1 && transposeB))) {
    // The same for yᵀ = op(b)ᵀ·op(a)ᵀ where y is a vector.
    compute(
      backward, 1, batch * n, m, k, r.b, r.db, r.addDb, false, false, r.a, r.da, r.addDa, !transposeA, false, r.y, r.dy,
      r.workspace,
    );
  } else {
    compute(
      backward, batch, m, n, k, r.a, r.da, r.addDa, transposeA, sharedA, r.b, r.db, r.addDb, transposeB, sharedB, r.y,
      r.dy, r.workspace,
    );
  }
}

function compute(
  backward: bool,
  batch: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  da: usize,
  addDa: i32,
  transposeA: bool,
  sharedA: bool,
  b: usize,
  db: usize,
  addDb: i32,
  transposeB: bool,
  sharedB: bool,
  y: usize,
  dy: usize,
  workspace: usize,
): void {
  const aEntry = sharedA ? <usize>0 : <usize>(m * k) << 2;
  const bEntry = sharedB ? <usize>0 : <usize>(k * n) << 2;
  const yEntry = <usize>(m * n) << 2;
  if (!backward) {
    multiplyAll(batch, m, n, k, a, aEntry, transposeA, b, bEntry, transposeB, y, false, false, workspace);
    return;
  }
  if (da && transposeA) {
    // [k, m] = op(b)·dyᵀ
    multiplyAll(batch, k, m, n, b, bEntry, transposeB, dy, yEntry, true, da, addDa != 0, sharedA, workspace);
  } else if (da) {
    // [m, k] = dy·op(b)ᵀ
    multiplyAll(batch, m, k, n, dy, yEntry, false, b, bEntry, !transposeB, da, addDa != 0, sharedA, workspace);
  }
  if (db && transposeB) {
    // [n, k] = dyᵀ·op(a)
    multiplyAll(batch, n, k, m, dy, yEntry, true, a, aEntry, transposeA, db, addDb != 0, sharedB, workspace);
  } else if (db) {
    // [k, n] = op(a)ᵀ·dy
    multiplyAll(batch, k, n, m, a, aEntry, !transposeA, dy, yEntry, false, db, addDb != 0, sharedB, workspace);
  }
}

/**
 * c (=|+=) op(a)·op(b) for every entry, or the sum of all. a [m, k], transposed [k, m], and b [k, n], transposed [n, k], are
 * `aEntry` and `bEntry` bytes from entry to entry.
 */
function multiplyAll(
  batch: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aEntry: usize,
  aTransposed: bool,
  b: usize,
  bEntry: usize,
  bTransposed: bool,
  c: usize,
  add: bool,
  sums: bool,
  workspace: usize,
): void {
  const own = workspaceOf(workspace);
  // A matrix of one row or one column lies as its transpose does.
  aTransposed = aTransposed && m > 1 && k > 1;
  bTransposed = bTransposed && n > 1 && k > 1;
  if (sums) {
    sumProducts(batch, m, n, k, a, aEntry, aTransposed, b, bEntry, bTransposed, c, add, own);
  } else if ((n == 1 && (aTransposed || k == 1)) || (m == 1 && bTransposed)) {
    // cᵀ = op(b)ᵀ·op(a)ᵀ, where one is a vector and the other is read along its rows then.
    eachProduct(batch, n, m, k, b, bEntry, false, a, aEntry, false, c, add, own);
  } else {
    eachProduct(batch, m, n, k, a, aEntry, aTransposed, b, bEntry, bTransposed, c, add, own);
  }
}

function eachProduct(
  batch: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aEntry: usize,
  aTransposed: bool,
  b: usize,
  bEntry: usize,
  bTransposed: bool,
  c: usize,
  add: bool,
  workspace: usize,
): void {
  const lda = aTransposed ? m : k;
  const ldb = bTransposed ? k : n;
  const entry = <usize>(m * n) << 2;
  if (batch < MANY_ENTRIES && <i64>m * n * k > FEW_MULTIPLICATIONS) {
    for (let s = 0; s < batch; s++) {
      product(m, n, k, a, lda, aTransposed, b, ldb, bTransposed, c, n, 0, add, workspace);
      a += aEntry;
      b += bEntry;
      c += entry;
    }
    return;
  }
  const from = shareStart(batch, 1);
  const to = shareEnd(batch, 1);
  a += <usize>from * aEntry;
  b += <usize>from * bEntry;
  c += <usize>from * entry;
  const aRow: usize = aTransposed ? 4 : <usize>k << 2;
  const aStep: usize = aTransposed ? <usize>m << 2 : 4;
  const bRow = <usize>n << 2;
  const isSmall = k <= SMALL_DEPTH && k * n <= SMALL_ELEMENTS;
  if (isSmall && m == 1 && n == 1) {
    dotVectors(to - from, k, a, aEntry, b, bEntry, c, add);
    return;
  }
  if (m == 1 && k == 1) {
    scaleVectors(to - from, n, a, aEntry, b, bEntry, c, add);
    return;
  }
  for (let s = from; s < to; s++) {
    if (!isSmall) multiply(m, n, k, a, lda, aTransposed, b, ldb, bTransposed, c, n, 0, add, workspace);
    else if (n == 1) dotRows(m, k, a, aRow, b, c, 4, 0, add);
    else if (m < FEW_ROWS && !bTransposed) rowByRow(m, n, k, a, aRow, aStep, b, bRow, c, bRow, 0, add, workspace);
    else multiplySmall(m, n, k, a, aRow, aStep, b, bTransposed, c, add, workspace);
    a += aEntry;
    b += bEntry;
    c += entry;
  }
}

/**
 * c (=|+=) Σ_s op(a_s)·op(b_s), in blocks of the reduction that are short enough for float32. Of more than a few blocks some at
 * a time are added up on their own, and what rounding loses when c takes their sum goes into the next ones.
 */
function sumProducts(
  batch: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aEntry: usize,
  aTransposed: bool,
  b: usize,
  bEntry: usize,
  bTransposed: bool,
  c: usize,
  add: bool,
  workspace: usize,
): void {
  // Parts of columns begin where they do for any number of threads: one column may be summed in another order than several.
  const sharesColumns = n > m && n > SUM_COLUMNS;
  const iStart = sharesColumns ? 0 : shareStart(m, 4);
  const iEnd = sharesColumns ? m : shareEnd(m, 4);
  const jStart = sharesColumns ? shareStart(n, SUM_COLUMNS) : 0;
  const jEnd = sharesColumns ? shareEnd(n, SUM_COLUMNS) : n;
  for (let j = jStart; j < jEnd; j += SUM_COLUMNS) {
    for (let i = iStart; i < iEnd; i += SUM_ROWS) {
      sumPart(
        batch, min(SUM_ROWS, iEnd - i), min(SUM_COLUMNS, jEnd - j), k,
        a + (<usize>(aTransposed ? i : i * k) << 2), aEntry, aTransposed ? m : k, aTransposed,
        b + (<usize>(bTransposed ? j * k : j) << 2), bEntry, bTransposed ? k : n, bTransposed,
        c + (<usize>(i * n + j) << 2), n, add, workspace,
      );
    }
  }
}

/** The same for some rows and columns of c, on the calling thread alone. */
function sumPart(
  batch: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aEntry: usize,
  lda: i32,
  aTransposed: bool,
  b: usize,
  bEntry: usize,
  ldb: i32,
  bTransposed: bool,
  c: usize,
  ldc: i32,
  add: bool,
  workspace: usize,
): void {
  const isFew = <i64>batch * ((k + SHORT_DEPTH - 1) / SHORT_DEPTH) <= BLOCKS;
  const part = isFew ? c : workspace;
  const partStride = isFew ? ldc : n;
  const partRow = <usize>n << 2;
  const scratch = workspace + (<usize>(m * n) << 2);
  let blocks = 0;
  let adds = isFew && add;
  for (let s = 0; s < batch; s++) {
    for (let p = 0; p < k; p += SHORT_DEPTH) {
      const aAt = a + (<usize>(aTransposed ? p * lda : p) << 2);
      const bAt = b + (<usize>(bTransposed ? p : p * ldb) << 2);
      const depth = min(SHORT_DEPTH, k - p);
      multiply(m, n, depth, aAt, lda, aTransposed, bAt, ldb, bTransposed, part, partStride, 0, adds, scratch);
      adds = true;
      if (isFew || ++blocks < BLOCKS) continue;
      carry(m, n, part, partRow, c, <usize>ldc << 2, add);
      add = true;
      blocks = 0;
    }
    a += aEntry;
    b += bEntry;
  }
  if (blocks) carry(m, n, part, partRow, c, <usize>ldc << 2, add);
}
