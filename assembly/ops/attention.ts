// Scaled dot-product attention over heads.
//
//   s_ij = scale · q_i·k_j        p_ij = e^(s_ij − m_i) / Σ_j e^(s_ij − m_i)       over the keys j that query i may see
//   y_i = Σ_j d_ij p_ij v_j       d_ij = 1 or, with a dropout rate, 0 or 1/(1 − rate)
//   dv_j = Σ_i d_ij p_ij dy_i     dp_ij = d_ij dy_i·v_j + dscores_ij
//   ds_ij = scale · p_ij (dp_ij − Σ_j p_ij dp_ij)        dq_i = Σ_j ds_ij k_j        dk_j = Σ_i ds_ij q_i
//
//   q [batch, queries, heads, keyDim]   k [batch, keys, keyHeads, keyDim]   v [batch, keys, keyHeads, valueDim]
//   y [batch, queries, heads, valueDim]   scores: p [batch, heads, queries, keys]   statistics [2, batch·heads·queries]: m, 1/Σ
//
// The keys and values of a head are packed once. Then queries come by, four at a time, and meet those keys that causality and
// window let one of the four see: scores stand in L1 and go no further. Backward computes them again, block by block of queries,
// and adds up the gradients of keys and values once a block. The reduction over keys is cut at multiples of KEYS_AT_A_TIME, so
// that it does not depend on how many keys there are. Forward shares lines of queries among threads, backward samples and heads.
import { multiplyFourRows, SCRATCH_BYTES } from "../attention/fourRows";
import { addRow, dropRow, exponentials, probabilities, scaleRow, scoreGradients } from "../attention/probabilities";
import { Step } from "../executor/program";
import { packPanels } from "../gemm/broadcast";
import { broadcast4 } from "../gemm/pack";
import { deriveKey } from "../simd/random";
import { shareEnd, shareStart, workspaceOf } from "../executor/threads";

// @ts-ignore: decorator
@unmanaged
class AttentionRow {
  forward: u32;
  backward: u32;
  q: usize;
  dq: usize;
  addDq: i32;
  k: usize;
  dk: usize;
  addDk: i32;
  v: usize;
  dv: usize;
  addDv: i32;
  y: usize;
  dy: usize;
  scores: usize;
  dscores: usize;
  keyMask: usize;
  queryMask: usize;
  mask: usize;
  statistics: usize;
  workspace: usize;
  batch: i32;
  queries: i32;
  keys: i32;
  heads: i32;
  keyHeads: i32;
  keyDim: i32;
  valueDim: i32;
  causal: i32;
  window: i32;
  streams: i32;
  seed: i32;
  stream: i32;
  scale: f64;
  rate: f64;
}

/** Query rows of a block of backward. */
const BLOCK_ROWS: i32 = 32;
/** Keys at a time of a sum over keys. */
const KEYS_AT_A_TIME: i32 = 256;

// Bytes of parts of the workspace: scratch │ broadcast │ keys as columns │ the rest, which forward and backward divide in their ways.

// @ts-ignore: decorator
@inline
function roundUp8(count: i32): i32 {
  return (count + 7) & ~7;
}

/** From panel to panel of matrices with so many rows: in front of each are 32 bytes of zeros. */
// @ts-ignore: decorator
@inline
function panelBytes(depth: i32): usize {
  return (<usize>depth + 1) << 5;
}

// @ts-ignore: decorator
@inline
function panelsBytes(columns: i32, depth: i32): usize {
  return <usize>((columns + 7) >> 3) * panelBytes(depth);
}

// @ts-ignore: decorator
@inline
function floats(count: i32): usize {
  return <usize>count << 2;
}

function keyColumnsOf(r: AttentionRow, workspace: usize): usize {
  const depth = max(max(r.keyDim, r.valueDim), max(min(roundUp8(r.keys), KEYS_AT_A_TIME), BLOCK_ROWS));
  return workspace + SCRATCH_BYTES + (<usize>depth << 6);
}

/** The first key that a query up to `i` is let see by the window. */
// @ts-ignore: decorator
@inline
function firstKey(r: AttentionRow, i: i32): i32 {
  return r.window ? max(0, i - r.window + 1) : 0;
}

/** One past the last key that query i is let see by causality and window. */
// @ts-ignore: decorator
@inline
function endKey(r: AttentionRow, i: i32): i32 {
  return min(r.keys, r.causal ? i + 1 : r.window ? i + r.window : r.keys);
}

/** Where the numbers of head `head` of row `i` of a sample begin, of `heads` heads of so many numbers. */
// @ts-ignore: decorator
@inline
function headOf(tensor: usize, rowIndex: i32, heads: i32, head: i32, size: i32): usize {
  return tensor + ((<usize>rowIndex * heads + head) * size << 2);
}

export function attentionForward(row: usize, step: usize): void {
  const r = changetype<AttentionRow>(row);
  const workspace = workspaceOf(r.workspace);
  const keys = r.keys;
  const blocks = (r.queries + 3) >> 2;
  const group = r.heads / r.keyHeads;
  const blocksOfKeys = group * blocks;
  const end = shareEnd(r.batch * r.keyHeads * blocksOfKeys, 1);
  const stepIndex = changetype<Step>(step).index;
  // The only query of a stream stands where the stream is; keys behind it are not there yet.
  const offset = r.streams ? stepIndex : 0;
  const present = r.streams ? min(keys, offset + 1) : keys;
  const key = deriveKey(r.seed, r.stream, stepIndex);
  const keyColumns = keyColumnsOf(r, workspace);
  const valueRows = keyColumns + panelsBytes(keys, r.keyDim);
  let packed = -1;
  for (let index = shareStart(r.batch * r.keyHeads * blocksOfKeys, 1); index < end; index++) {
    const unit = index / blocksOfKeys;
    const sample = unit / r.keyHeads;
    const keyHead = unit % r.keyHeads;
    if (unit != packed) {
      packKeys(r.k, keys, present, r.keyHeads, r.keyDim, sample, keyHead, true, keyColumns);
      packKeys(r.v, keys, present, r.keyHeads, r.valueDim, sample, keyHead, false, valueRows);
      packed = unit;
    }
    const rest = index % blocksOfKeys;
    const head = keyHead * group + rest / blocks;
    forwardRows(r, key, sample, head, (rest % blocks) << 2, offset, workspace, keyColumns, valueRows);
  }
}

/** Packs the first `present` of a head of keys or values, [keys, size], as rows or, transposed, as columns of the right side of a product. */
function packKeys(
  tensor: usize,
  keys: i32,
  present: i32,
  heads: i32,
  size: i32,
  sample: i32,
  head: i32,
  asColumns: bool,
  to: usize,
): void {
  const from = headOf(tensor, sample * keys, heads, head, size);
  const rowBytes = floats(heads * size);
  if (asColumns) packPanels(present, size, from, rowBytes, true, 0, to, panelBytes(size));
  else packPanels(size, present, from, rowBytes, false, 0, to, panelBytes(keys));
}

/** The outputs of up to four queries of a head, from row `i` on. */
function forwardRows(
  r: AttentionRow,
  key: u32,
  sample: i32,
  head: i32,
  i: i32,
  offset: i32,
  workspace: usize,
  keyColumns: usize,
  valueRows: usize,
): void {
  const keys = r.keys;
  const rows = min(4, r.queries - i);
  const from = firstKey(r, offset + i) & ~7;
  const end = endKey(r, offset + i + rows - 1);
  const scores = valueRows + panelsBytes(r.valueDim, keys);
  const scoresRow = floats(roundUp8(keys));
  const broadcast = workspace + SCRATCH_BYTES;
  const y = headOf(r.y, sample * r.queries + i, r.heads, head, r.valueDim);
  const yRow = floats(r.heads * r.valueDim);
  multiplyColumns(
    rows, from, end, r.keyDim, headOf(r.q, sample * r.queries + i, r.heads, head, r.keyDim), floats(r.heads * r.keyDim),
    broadcast, keyColumns, scores, scoresRow,
  );
  const line = (sample * r.heads + head) * r.queries + i;
  for (let c = 0; c < rows; c++) {
    forwardLine(r, key, sample, i + c, offset, line + c, from, max(from, roundUp8(end)), scores + <usize>c * scoresRow);
  }
  if (from >= end) {
    for (let c = 0; c < rows; c++) memory.fill(y + <usize>c * yRow, 0, floats(r.valueDim));
    return;
  }
  multiplyRows(
    rows, from, end, r.valueDim, scores, scoresRow, broadcast, keyColumns, valueRows, panelBytes(keys), y, yRow, false,
    workspace,
  );
}

/** products [rows, from … end] = a·bᵀ for up to four rows of a, [rows, size]: whole panels of columns, the first at `from`. */
function multiplyColumns(
  rows: i32,
  from: i32,
  end: i32,
  size: i32,
  a: usize,
  aRow: usize,
  broadcast: usize,
  columns: usize,
  products: usize,
  productsRow: usize,
): void {
  if (from >= end) return;
  broadcast4(rows, size, a, aRow, 4, broadcast);
  const panel = panelBytes(size);
  const first = from >> 3;
  multiplyFourRows(
    4, (roundUp8(end) - from), size, broadcast, columns, columns + 32 + <usize>first * panel, panel,
    products + floats(from), productsRow, false, 0,
  );
}

/** c (=|+=) Σ_j a[rows, j]·b[j, n] over the keys j from `from` to `end`. */
function multiplyRows(
  rows: i32,
  from: i32,
  end: i32,
  n: i32,
  a: usize,
  aRow: usize,
  broadcast: usize,
  zeros: usize,
  panels: usize,
  panel: usize,
  c: usize,
  cRow: usize,
  accumulate: bool,
  scratch: usize,
): void {
  for (let j = from; j < end; ) {
    const stop = min(end, (j + KEYS_AT_A_TIME) & -KEYS_AT_A_TIME);
    broadcast4(rows, stop - j, a + floats(j), aRow, 4, broadcast);
    multiplyFourRows(
      rows, n, stop - j, broadcast, zeros, panels + 32 + (<usize>j << 5), panel, c, cRow, accumulate, scratch,
    );
    accumulate = true;
    j = stop;
  }
}

/** From the products of query i with the keys from `from` to `to` to its probabilities. */
function forwardLine(
  r: AttentionRow,
  key: u32,
  sample: i32,
  i: i32,
  offset: i32,
  line: i32,
  from: i32,
  to: i32,
  scores: usize,
): void {
  const query = sample * r.queries + i;
  const sees = !r.queryMask || load<f32>(r.queryMask + floats(query)) != 0;
  const end = sees ? endKey(r, offset + i) : 0;
  const keyMask = r.keyMask ? r.keyMask + floats(sample * r.keys) : 0;
  const mask = r.mask ? r.mask + (<usize>query * r.keys << 2) : 0;
  const largest = r.statistics + floats(line);
  const sum = exponentials(scores, from, to, firstKey(r, offset + i), end, r.keys, keyMask, mask, <f32>r.scale, largest);
  const inverse: f32 = sum == 0 ? 0 : <f32>(1 / sum);
  store<f32>(largest + floats(r.batch * r.heads * r.queries), inverse);
  scaleRow(scores, from, to, inverse);
  if (r.scores) storeScores(scores, from, to, r.scores + (<usize>line * r.keys << 2), r.keys);
  if (r.rate > 0) dropRow(scores, from, to, key, <u32>line * r.keys, r.rate);
}

/** Copies a row of probabilities, with zeros in front and behind. */
function storeScores(scores: usize, from: i32, to: i32, y: usize, keys: i32): void {
  const first = min(from, keys);
  const end = min(to, keys);
  memory.fill(y, 0, floats(first));
  memory.copy(y + floats(first), scores + floats(first), floats(end - first));
  memory.fill(y + floats(end), 0, floats(keys - end));
}

export function attentionBackward(row: usize, step: usize): void {
  const r = changetype<AttentionRow>(row);
  const key = deriveKey(r.seed, r.stream, changetype<Step>(step).index);
  const workspace = workspaceOf(r.workspace);
  const group = r.heads / r.keyHeads;
  const end = shareEnd(r.batch * r.keyHeads, 1);
  for (let unit = shareStart(r.batch * r.keyHeads, 1); unit < end; unit++) {
    const sample = unit / r.keyHeads;
    const keyHead = unit % r.keyHeads;
    // All sums begin before any is added to: q, k and v may be one tensor.
    if (r.dq && !r.addDq) clearHeads(r.dq, r.queries, r.heads, r.keyDim, sample, keyHead * group, group);
    if (r.dk && !r.addDk) clearHeads(r.dk, r.keys, r.keyHeads, r.keyDim, sample, keyHead, 1);
    if (r.dv && !r.addDv) clearHeads(r.dv, r.keys, r.keyHeads, r.valueDim, sample, keyHead, 1);
    const keyColumns = keyColumnsOf(r, workspace);
    const valueColumns = keyColumns + panelsBytes(r.keys, r.keyDim);
    const keyRows = valueColumns + panelsBytes(r.keys, r.valueDim);
    packKeys(r.k, r.keys, r.keys, r.keyHeads, r.keyDim, sample, keyHead, true, keyColumns);
    packKeys(r.v, r.keys, r.keys, r.keyHeads, r.valueDim, sample, keyHead, true, valueColumns);
    if (r.dq) packKeys(r.k, r.keys, r.keys, r.keyHeads, r.keyDim, sample, keyHead, false, keyRows);
    for (let head = keyHead * group; head < (keyHead + 1) * group; head++) {
      for (let i = 0; i < r.queries; i += BLOCK_ROWS) {
        backwardBlock(r, key, sample, head, keyHead, i, workspace, keyColumns, valueColumns, keyRows);
      }
    }
  }
}

/** Zeros in some heads of all rows of a sample. */
function clearHeads(tensor: usize, rows: i32, heads: i32, size: i32, sample: i32, head: i32, count: i32): void {
  let at = headOf(tensor, sample * rows, heads, head, size);
  const rowBytes = floats(heads * size);
  for (let i = 0; i < rows; i++) {
    memory.fill(at, 0, floats(count * size));
    at += rowBytes;
  }
}

/** What a block of queries, from row `i` on, adds to the gradients. */
function backwardBlock(
  r: AttentionRow,
  key: u32,
  sample: i32,
  head: i32,
  keyHead: i32,
  i: i32,
  workspace: usize,
  keyColumns: usize,
  valueColumns: usize,
  keyRows: usize,
): void {
  const keys = r.keys;
  const rows = min(BLOCK_ROWS, r.queries - i);
  const queryRows = keyRows + panelsBytes(r.keyDim, keys);
  const upstreamRows = queryRows + panelsBytes(r.keyDim, BLOCK_ROWS);
  const p = upstreamRows + panelsBytes(r.valueDim, BLOCK_ROWS);
  const scoresRow = floats(roundUp8(keys));
  const ds = p + <usize>min(BLOCK_ROWS, (r.queries + 3) & ~3) * scoresRow;
  for (let c = 0; c < rows; c += 4) {
    const at = <usize>c * scoresRow;
    backwardRows(r, key, sample, head, i + c, workspace, keyColumns, valueColumns, keyRows, p + at, ds + at, scoresRow);
  }
  const first = sample * r.queries + i;
  if (r.dv && r.dy) {
    const upstream = headOf(r.dy, first, r.heads, head, r.valueDim);
    packPanels(r.valueDim, rows, upstream, floats(r.heads * r.valueDim), false, 0, upstreamRows, panelBytes(rows));
    const dv = headOf(r.dv, sample * keys, r.keyHeads, keyHead, r.valueDim);
    addToKeys(r, i, rows, r.valueDim, p, scoresRow, upstreamRows, dv, workspace);
  }
  if (r.dk) {
    const query = headOf(r.q, first, r.heads, head, r.keyDim);
    packPanels(r.keyDim, rows, query, floats(r.heads * r.keyDim), false, 0, queryRows, panelBytes(rows));
    const dk = headOf(r.dk, sample * keys, r.keyHeads, keyHead, r.keyDim);
    addToKeys(r, i, rows, r.keyDim, ds, scoresRow, queryRows, dk, workspace);
  }
}

/** Probabilities, those that dropout left, and gradients of scores of up to four queries; and what these add to dq. */
function backwardRows(
  r: AttentionRow,
  key: u32,
  sample: i32,
  head: i32,
  i: i32,
  workspace: usize,
  keyColumns: usize,
  valueColumns: usize,
  keyRows: usize,
  p: usize,
  ds: usize,
  scoresRow: usize,
): void {
  const rows = min(4, r.queries - i);
  const from = firstKey(r, i) & ~7;
  const end = endKey(r, i + rows - 1);
  if (from >= end) return;
  const to = roundUp8(end);
  const broadcast = workspace + SCRATCH_BYTES;
  const first = sample * r.queries + i;
  const query = headOf(r.q, first, r.heads, head, r.keyDim);
  multiplyColumns(rows, from, end, r.keyDim, query, floats(r.heads * r.keyDim), broadcast, keyColumns, p, scoresRow);
  if (r.dy) {
    const upstream = headOf(r.dy, first, r.heads, head, r.valueDim);
    const upstreamRow = floats(r.heads * r.valueDim);
    multiplyColumns(rows, from, end, r.valueDim, upstream, upstreamRow, broadcast, valueColumns, ds, scoresRow);
  }
  for (let c = 0; c < rows; c++) {
    const at = <usize>c * scoresRow;
    const line = (sample * r.heads + head) * r.queries + i + c;
    if (!r.dy) memory.fill(ds + at + floats(from), 0, floats(to - from));
    backwardLine(r, key, sample, i + c, line, from, to, p + at, ds + at);
  }
  if (!r.dq) return;
  multiplyRows(
    rows, from, end, r.keyDim, ds, scoresRow, broadcast, keyColumns, keyRows, panelBytes(r.keys),
    headOf(r.dq, first, r.heads, head, r.keyDim), floats(r.heads * r.keyDim), true, workspace,
  );
}

/** From the products q·k and dy·v of query i to d·p and ds. */
function backwardLine(
  r: AttentionRow,
  key: u32,
  sample: i32,
  i: i32,
  line: i32,
  from: i32,
  to: i32,
  p: usize,
  ds: usize,
): void {
  const query = sample * r.queries + i;
  const sees = !r.queryMask || load<f32>(r.queryMask + floats(query)) != 0;
  const end = sees ? endKey(r, i) : 0;
  const keyMask = r.keyMask ? r.keyMask + floats(sample * r.keys) : 0;
  const mask = r.mask ? r.mask + (<usize>query * r.keys << 2) : 0;
  const largest = r.statistics + floats(line);
  const inverse = load<f32>(largest + floats(r.batch * r.heads * r.queries));
  const scale = <f32>r.scale;
  probabilities(p, from, to, firstKey(r, i), end, r.keys, keyMask, mask, scale, load<f32>(largest), inverse);
  const index = <u32>line * r.keys;
  if (r.rate > 0) dropRow(ds, from, to, key, index, r.rate);
  if (r.dscores) addRow(ds, r.dscores + (<usize>line * r.keys << 2), from, end, r.keys);
  scoreGradients(p, ds, from, to, scale);
  if (r.rate > 0) dropRow(p, from, to, key, index, r.rate);
}

/** to[j] += Σ_i scores[i, j]·b[i] over the rows i of a block, of which the four at a time that may see a key count. */
function addToKeys(
  r: AttentionRow,
  i: i32,
  rows: i32,
  n: i32,
  scores: usize,
  scoresRow: usize,
  panels: usize,
  to: usize,
  workspace: usize,
): void {
  const broadcast = workspace + SCRATCH_BYTES;
  const toRow = floats(r.keyHeads * n);
  const end = endKey(r, i + rows - 1);
  let top = 0;
  let bottom = 0;
  for (let j = firstKey(r, i) & ~7; j < end; j += 4) {
    // Rows that computed scores for these keys: from the first whose end is behind them to the last that begins before.
    while (top < rows && roundUp8(endKey(r, min(i + top + 3, r.queries - 1))) <= j) top += 4;
    while (bottom < rows && isReached(r, i + bottom, j)) bottom += 4;
    const depth = min(bottom, rows) - top;
    if (depth <= 0) continue;
    const columns = min(4, r.keys - j);
    broadcast4(columns, depth, scores + <usize>top * scoresRow + floats(j), 4, scoresRow, broadcast);
    multiplyFourRows(
      columns, n, depth, broadcast, panels, panels + 32 + (<usize>top << 5), panelBytes(rows), to + <usize>j * toRow,
      toRow, true, workspace,
    );
  }
}

/** Whether the four queries from `i` on begin with key j or before it. */
function isReached(r: AttentionRow, i: i32, j: i32): bool {
  const from = firstKey(r, i) & ~7;
  return from <= j && from < endKey(r, min(i + 3, r.queries - 1));
}
