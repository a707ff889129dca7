// Packing: copies of a and b in the order in which the micro-kernels of tiles.ts read them.

/** Copies `rows` × `columns` floats; rows are `fromRow` and `toRow` bytes apart. */
export function copyRows(rows: i32, columns: i32, from: usize, fromRow: usize, to: usize, toRow: usize): void {
  for (let i = 0; i < rows; i++) {
    let j = 0;
    for (; j + 4 <= columns; j += 4) v128.store(to + (<usize>j << 2), v128.load(from + (<usize>j << 2)));
    for (; j < columns; j++) store<f32>(to + (<usize>j << 2), load<f32>(from + (<usize>j << 2)));
    from += fromRow;
    to += toRow;
  }
}

/** Copies sixteen whole columns: the packing of a full panel. */
export function copyRows16(rows: i32, from: usize, fromRow: usize, to: usize): void {
  for (let i = 0; i < rows; i++) {
    const x0 = v128.load(from);
    const x1 = v128.load(from, 16);
    const x2 = v128.load(from, 32);
    const x3 = v128.load(from, 48);
    v128.store(to, x0);
    v128.store(to, x1, 16);
    v128.store(to, x2, 32);
    v128.store(to, x3, 48);
    from += fromRow;
    to += 64;
  }
}

/**
 * Copies `columns` of b, a multiple of eight, into panels: their rows are 32 bytes, and they begin `panelBytes` apart. Row
 * by row, because that is how processors fetch ahead: three quarters of the time it takes panel by panel.
 */
export function packWholePanels(
  columns: i32,
  depth: i32,
  b: usize,
  bRow: usize,
  panel: usize,
  panelBytes: usize,
): void {
  const bytes = <usize>columns << 2;
  for (let i = 0; i < depth; i++) {
    let to = panel;
    for (let from = b, end = b + bytes; from < end; from += 32) {
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      v128.store(to, x0);
      v128.store(to, x1, 16);
      to += panelBytes;
    }
    b += bRow;
    panel += 32;
  }
}

/**
 * Four rows of a, interleaved, with every number broadcast to four lanes. Rows are `rowStep` bytes apart, numbers in a row `step`;
 * where `rows` is less than four, the last is repeated. Whole vectors are loaded where numbers are neighbours, and spread from there,
 * but for builds that are made to be small.
 */
export function broadcast4(rows: i32, depth: i32, a: usize, rowStep: usize, step: usize, to: usize): void {
  if (ASC_SHRINK_LEVEL == 0 && rows == 4 && rowStep == 4) {
    broadcastColumns(depth, a, step, to);
    return;
  }
  let a0 = a;
  let a1 = rows > 1 ? a0 + rowStep : a0;
  let a2 = rows > 2 ? a1 + rowStep : a1;
  let a3 = rows > 3 ? a2 + rowStep : a2;
  const end = to + (<usize>depth << 6);
  if (ASC_SHRINK_LEVEL == 0 && step == 4) {
    for (const whole = to + (<usize>(depth & ~3) << 6); to < whole; to += 256) {
      spread4(v128.load(a0), to);
      spread4(v128.load(a1), to + 16);
      spread4(v128.load(a2), to + 32);
      spread4(v128.load(a3), to + 48);
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
    }
  }
  for (; to < end; to += 64) {
    const x0 = v128.load32_splat(a0);
    const x1 = v128.load32_splat(a1);
    const x2 = v128.load32_splat(a2);
    const x3 = v128.load32_splat(a3);
    v128.store(to, x0);
    v128.store(to, x1, 16);
    v128.store(to, x2, 32);
    v128.store(to, x3, 48);
    a0 += step;
    a1 += step;
    a2 += step;
    a3 += step;
  }
}

/** Each lane of four numbers of a row, broadcast, 64 bytes apart. */
// @ts-ignore: decorator
@inline
function spread4(x: v128, to: usize): void {
  v128.store(to, v128.shuffle<f32>(x, x, 0, 0, 0, 0));
  v128.store(to, v128.shuffle<f32>(x, x, 1, 1, 1, 1), 64);
  v128.store(to, v128.shuffle<f32>(x, x, 2, 2, 2, 2), 128);
  v128.store(to, v128.shuffle<f32>(x, x, 3, 3, 3, 3), 192);
}

/** The same for four neighbouring columns of a, whose rows are `step` bytes apart. */
function broadcastColumns(depth: i32, a: usize, step: usize, to: usize): void {
  for (const end = to + (<usize>depth << 6); to < end; to += 64) {
    const x = v128.load(a);
    v128.store(to, v128.shuffle<f32>(x, x, 0, 0, 0, 0));
    v128.store(to, v128.shuffle<f32>(x, x, 1, 1, 1, 1), 16);
    v128.store(to, v128.shuffle<f32>(x, x, 2, 2, 2, 2), 32);
    v128.store(to, v128.shuffle<f32>(x, x, 3, 3, 3, 3), 48);
    a += step;
  }
}

/** to[j, i] = from[i, j] for `rows` × `columns` floats of `from`; rows are `fromRow` and `toRow` bytes apart. */
export function transpose(rows: i32, columns: i32, from: usize, fromRow: usize, to: usize, toRow: usize): void {
  const wholeRows = rows & ~3;
  let j = 0;
  for (; j + 4 <= columns; j += 4) {
    const target = to + <usize>j * toRow;
    let source = from + (<usize>j << 2);
    for (let i = 0; i < wholeRows; i += 4) {
      transpose4x4(source, fromRow, target + (<usize>i << 2), toRow);
      source += fromRow << 2;
    }
  }
  transposeSlowly(0, wholeRows, j, columns, from, fromRow, to, toRow);
  transposeSlowly(wholeRows, rows, 0, columns, from, fromRow, to, toRow);
}

// @ts-ignore: decorator
@inline
function transpose4x4(from: usize, fromRow: usize, to: usize, toRow: usize): void {
  const x0 = v128.load(from);
  const x1 = v128.load(from + fromRow);
  const x2 = v128.load(from + 2 * fromRow);
  const x3 = v128.load(from + 3 * fromRow);
  const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(to + toRow, v128.shuffle<i64>(low01, low23, 1, 3));
  v128.store(to + 2 * toRow, v128.shuffle<i64>(high01, high23, 0, 2));
  v128.store(to + 3 * toRow, v128.shuffle<i64>(high01, high23, 1, 3));
}

function transposeSlowly(
  rowStart: i32,
  rowEnd: i32,
  columnStart: i32,
  columnEnd: i32,
  from: usize,
  fromRow: usize,
  to: usize,
  toRow: usize,
): void {
  for (let i = rowStart; i < rowEnd; i++) {
    for (let j = columnStart; j < columnEnd; j++) {
      store<f32>(to + <usize>j * toRow + (<usize>i << 2), load<f32>(from + <usize>i * fromRow + (<usize>j << 2)));
    }
  }
}

/** Zero from column `columns` to `width` of `rows` rows of `width` floats each. */
export function zeroColumns(rows: i32, columns: i32, width: i32, to: usize): void {
  if (columns == width) return;
  for (let i = 0; i < rows; i++) {
    for (let j = columns; j < width; j++) store<f32>(to + (<usize>j << 2), 0);
    to += <usize>width << 2;
  }
}

/** c (=|+=) the first `rows` × `columns` floats of a tile, whose rows are 64 bytes apart. */
export function addTile(rows: i32, columns: i32, tile: usize, c: usize, cRow: usize, accumulate: bool): void {
  for (let i = 0; i < rows; i++) {
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const at = <usize>j << 2;
      const sums = v128.load(tile + at);
      v128.store(c + at, accumulate ? f32x4.add(v128.load(c + at), sums) : sums);
    }
    for (; j < columns; j++) {
      const at = <usize>j << 2;
      const sum = load<f32>(tile + at);
      store<f32>(c + at, accumulate ? load<f32>(c + at) + sum : sum);
    }
    tile += 64;
    c += cRow;
  }
}
