/**
 * Operations in plain JavaScript, as they go into an exported module: `name(values, counts)` reads and writes flat arrays by the names
 * of the fields of rows. Sums are taken in float64, results are stored in float32.
 */
export interface Kernel {
  readonly source: string;
  /** What else it calls. */
  readonly needs?: readonly string[];
}

const dense = `
function dense({ x, w, b, y }, { rows, inputs, units }) {
  const sums = new Float64Array(units);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < units; j++) sums[j] = b ? b[j] : 0;
    for (let k = 0; k < inputs; k++) {
      const input = x[i * inputs + k];
      for (let j = 0, at = k * units; j < units; j++, at++) sums[j] += input * w[at];
    }
    y.set(sums, i * units);
  }
}`;

const matmul = `
function matmul({ a, b, y }, { batch, rows, depth, columns, transposeA, transposeB, sharedA, sharedB }) {
  const stepA = transposeA ? rows : 1;
  const stepB = transposeB ? 1 : columns;
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let atA = (sharedA ? 0 : s * rows * depth) + (transposeA ? i : i * depth);
        let atB = (sharedB ? 0 : s * depth * columns) + (transposeB ? j * depth : j);
        let sum = 0;
        for (let p = 0; p < depth; p++, atA += stepA, atB += stepB) sum += a[atA] * b[atB];
        y[(s * rows + i) * columns + j] = sum;
      }
    }
  }
}`;

const conv2d = `
function conv2d({ x, w, b, y }, c) {
  const { batch, height, width, channels, outHeight, outWidth, filters, kernelHeight, kernelWidth, groups } = c;
  const own = channels / groups;
  const perGroup = filters / groups;
  const sums = new Float64Array(filters);
  for (let s = 0, at = 0; s < batch; s++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++, at += filters) {
        for (let f = 0; f < filters; f++) sums[f] = b ? b[f] : 0;
        for (let i = 0; i < kernelHeight; i++) {
          const top = row * c.strideY - c.padTop + i * c.dilationY;
          if (top < 0 || top >= height) continue;
          for (let j = 0; j < kernelWidth; j++) {
            const left = column * c.strideX - c.padLeft + j * c.dilationX;
            if (left < 0 || left >= width) continue;
            const pixel = ((s * height + top) * width + left) * channels;
            for (let g = 0; g < groups; g++) {
              for (let k = 0; k < own; k++) {
                const input = x[pixel + g * own + k];
                let weight = ((i * kernelWidth + j) * own + k) * filters + g * perGroup;
                for (let f = g * perGroup; f < (g + 1) * perGroup; f++, weight++) sums[f] += input * w[weight];
              }
            }
          }
        }
        y.set(sums, at);
      }
    }
  }
}`;

const conv2dTranspose = `
function conv2dTranspose({ x, w, b, y }, c) {
  const { batch, height, width, channels, outHeight, outWidth, filters, kernelHeight, kernelWidth } = c;
  const sums = new Float64Array(y.length);
  if (b) for (let i = 0; i < sums.length; i++) sums[i] = b[i % channels];
  for (let s = 0; s < batch; s++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        const from = ((s * outHeight + row) * outWidth + column) * filters;
        for (let i = 0; i < kernelHeight; i++) {
          const top = row * c.strideY - c.padTop + i * c.dilationY;
          if (top < 0 || top >= height) continue;
          for (let j = 0; j < kernelWidth; j++) {
            const left = column * c.strideX - c.padLeft + j * c.dilationX;
            if (left < 0 || left >= width) continue;
            const to = ((s * height + top) * width + left) * channels;
            let weight = (i * kernelWidth + j) * channels * filters;
            for (let k = 0; k < channels; k++) {
              for (let f = 0; f < filters; f++, weight++) sums[to + k] += x[from + f] * w[weight];
            }
          }
        }
      }
    }
  }
  y.set(sums);
}`;

const depthwiseConv2d = `
function depthwiseConv2d({ x, w, b, y }, c) {
  const { batch, height, width, channels, outHeight, outWidth, multiplier, kernelHeight, kernelWidth } = c;
  const filters = channels * multiplier;
  const sums = new Float64Array(filters);
  for (let s = 0, at = 0; s < batch; s++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++, at += filters) {
        for (let f = 0; f < filters; f++) sums[f] = b ? b[f] : 0;
        for (let i = 0; i < kernelHeight; i++) {
          const top = row * c.strideY - c.padTop + i * c.dilationY;
          if (top < 0 || top >= height) continue;
          for (let j = 0; j < kernelWidth; j++) {
            const left = column * c.strideX - c.padLeft + j * c.dilationX;
            if (left < 0 || left >= width) continue;
            const pixel = ((s * height + top) * width + left) * channels;
            const tap = (i * kernelWidth + j) * filters;
            for (let f = 0; f < filters; f++) sums[f] += x[pixel + Math.floor(f / multiplier)] * w[tap + f];
          }
        }
        y.set(sums, at);
      }
    }
  }
}`;

const pool = `
function pool(x, y, c, isMean) {
  const { batch, height, width, channels, outHeight, outWidth } = c;
  for (let i = 0; i < batch * outHeight * outWidth; i++) {
    const s = Math.floor(i / (outHeight * outWidth));
    const top = (Math.floor(i / outWidth) % outHeight) * c.strideY - c.padTop;
    const left = (i % outWidth) * c.strideX - c.padLeft;
    const rows = [Math.max(0, top), Math.min(height, top + c.poolHeight)];
    const columns = [Math.max(0, left), Math.min(width, left + c.poolWidth)];
    for (let k = 0; k < channels; k++) {
      let result = isMean ? 0 : -Infinity;
      for (let row = rows[0]; row < rows[1]; row++) {
        for (let column = columns[0]; column < columns[1]; column++) {
          const value = x[((s * height + row) * width + column) * channels + k];
          if (isMean) result += value;
          else if (value > result || value !== value) result = value;
        }
      }
      y[i * channels + k] = isMean ? result / ((rows[1] - rows[0]) * (columns[1] - columns[0])) : result;
    }
  }
}`;

const normalizeByMoments = `
function normalizeByMoments({ x, gamma, beta, mean, variance, y }, { rows, channels, epsilon }) {
  for (let j = 0; j < channels; j++) {
    const scale = (gamma ? gamma[j] : 1) / Math.sqrt(variance[j] + epsilon);
    const shift = beta ? beta[j] : 0;
    for (let i = j; i < rows * channels; i += channels) y[i] = (x[i] - mean[j]) * scale + shift;
  }
}`;

const groupNormalization = `
function groupNormalization({ x, gamma, beta, y }, { samples, positions, channels, groups, centers, epsilon }) {
  const width = channels / groups;
  for (let i = 0; i < samples * groups; i++) {
    const first = Math.floor(i / groups) * positions * channels + (i % groups) * width;
    const end = first + positions * channels;
    let sum = 0;
    for (let k = first; k < end; k += channels) for (let j = k; j < k + width; j++) sum += x[j];
    const mean = centers ? sum / (positions * width) : 0;
    let squares = 0;
    for (let k = first; k < end; k += channels) for (let j = k; j < k + width; j++) squares += (x[j] - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / (positions * width) + epsilon);
    for (let k = first; k < end; k += channels) {
      for (let j = k; j < k + width; j++) {
        y[j] = (x[j] - mean) * scale * (gamma ? gamma[j % channels] : 1) + (beta ? beta[j % channels] : 0);
      }
    }
  }
}`;

const softmax = `
function softmax({ x, y }, { rows, columns }) {
  const powers = new Float64Array(columns);
  for (let i = 0; i < rows * columns; i += columns) {
    let most = -Infinity;
    for (let j = i; j < i + columns; j++) if (x[j] > most) most = x[j];
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += powers[j] = Math.exp(x[i + j] - most);
    for (let j = 0; j < columns; j++) y[i + j] = powers[j] / sum;
  }
}`;

const logSoftmax = `
function logSoftmax({ x, y }, { rows, columns }) {
  for (let i = 0; i < rows * columns; i += columns) {
    let most = -Infinity;
    for (let j = i; j < i + columns; j++) if (x[j] > most) most = x[j];
    let sum = 0;
    for (let j = i; j < i + columns; j++) sum += Math.exp(x[j] - most);
    for (let j = i; j < i + columns; j++) y[j] = x[j] - most - Math.log(sum);
  }
}`;

const prelu = `
function prelu({ x, alpha, y }, { samples, alphaRows, shared, columns }) {
  let i = 0;
  for (let row = 0; row < samples * alphaRows; row++) {
    for (let position = 0; position < shared; position++) {
      for (let column = 0; column < columns; column++, i++) {
        y[i] = x[i] > 0 ? x[i] : alpha[(row % alphaRows) * columns + column] * x[i];
      }
    }
  }
}`;

const upSampling2d = `
function upSampling2d({ x, y }, { batch, height, width, channels, sizeY, sizeX }) {
  const outWidth = width * sizeX;
  for (let i = 0; i < batch * height * sizeY * outWidth; i++) {
    const pixel = Math.floor(Math.floor(i / outWidth) / sizeY) * width + Math.floor((i % outWidth) / sizeX);
    for (let k = 0; k < channels; k++) y[i * channels + k] = x[pixel * channels + k];
  }
}`;

const upSamplingBilinear2d = `
function upSamplingBilinear2d({ x, y }, { batch, height, width, channels, sizeY, sizeX }) {
  const neighbours = (index, size, factor) => {
    const centre = Math.min(Math.max((index + 0.5) / factor - 0.5, 0), size - 1);
    const first = Math.floor(centre);
    return [first, Math.min(first + 1, size - 1), centre - first];
  };
  const [outHeight, outWidth] = [height * sizeY, width * sizeX];
  for (let i = 0; i < batch * outHeight * outWidth; i++) {
    const row = Math.floor(i / outWidth);
    const [up, down, below] = neighbours(row % outHeight, height, sizeY);
    const [left, right, behind] = neighbours(i % outWidth, width, sizeX);
    const image = Math.floor(row / outHeight) * height;
    const at = (r, column) => ((image + r) * width + column) * channels;
    for (let k = 0; k < channels; k++) {
      const above = (1 - behind) * x[at(up, left) + k] + behind * x[at(up, right) + k];
      const under = (1 - behind) * x[at(down, left) + k] + behind * x[at(down, right) + k];
      y[i * channels + k] = (1 - below) * above + below * under;
    }
  }
}`;

const zeroPadding2d = `
function zeroPadding2d({ x, y }, { batch, height, width, channels, outHeight, outWidth, top, left }) {
  for (let row = 0; row < batch * height; row++) {
    const to = ((Math.floor(row / height) * outHeight + top + (row % height)) * outWidth + left) * channels;
    for (let k = 0; k < width * channels; k++) y[to + k] = x[row * width * channels + k];
  }
}`;

const expandAxis = `
function expandAxis({ x, y }, { outer, length, inner }) {
  for (let o = 0; o < outer; o++) {
    for (let l = 0; l < length; l++) {
      for (let i = 0; i < inner; i++) y[(o * length + l) * inner + i] = x[o * inner + i];
    }
  }
}`;

const concatenate = `
function concatenate({ a, b, y }, { rows, columnsOfA, columnsOfB }) {
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columnsOfA; j++) y[at++] = a[i * columnsOfA + j];
    for (let j = 0; j < columnsOfB; j++) y[at++] = b[i * columnsOfB + j];
  }
}`;

const places = `
function places(c, visit) {
  let ordered = 0;
  const walk = (axis, at) => {
    if (axis === 6) return visit(at, ordered++);
    for (let i = 0; i < c["size" + axis]; i++) walk(axis + 1, at + i * c["stride" + axis]);
  };
  walk(0, c.offset);
}`;

const attention = `
function attention({ q, k, v, keyMask, queryMask, mask, y, scores }, c) {
  const { batch, queries, keys, heads, keyHeads, keyDim, valueDim, causal, window, scale } = c;
  const p = new Float64Array(keys);
  for (let line = 0; line < batch * heads * queries; line++) {
    const i = line % queries;
    const head = Math.floor(line / queries) % heads;
    const s = Math.floor(line / queries / heads);
    const shared = Math.floor(head / (heads / keyHeads));
    const first = window ? Math.max(0, i - window + 1) : 0;
    const end = Math.max(first, Math.min(keys, causal ? i + 1 : window ? i + window : keys));
    const query = s * queries + i;
    const sees = (j) =>
      j >= first && j < end && (!queryMask || queryMask[query]) && (!keyMask || keyMask[s * keys + j]) && (!mask || mask[query * keys + j]);
    let most = -Infinity;
    for (let j = 0; j < keys; j++) {
      p[j] = -Infinity;
      if (!sees(j)) continue;
      let sum = 0;
      for (let n = 0; n < keyDim; n++) sum += q[(query * heads + head) * keyDim + n] * k[((s * keys + j) * keyHeads + shared) * keyDim + n];
      p[j] = sum * scale;
      if (p[j] > most) most = p[j];
    }
    let total = 0;
    for (let j = 0; j < keys; j++) total += p[j] = p[j] === -Infinity ? 0 : Math.exp(p[j] - most);
    for (let j = 0; j < keys; j++) p[j] = total === 0 ? 0 : p[j] / total;
    if (scores) scores.set(p, line * keys);
    for (let n = 0; n < valueDim; n++) {
      let sum = 0;
      for (let j = 0; j < keys; j++) sum += p[j] * v[((s * keys + j) * keyHeads + shared) * valueDim + n];
      y[(query * heads + head) * valueDim + n] = sum;
    }
  }
}`;

const rotary = `
function rotary({ x, table, y }, { batch, positions, heads, half }) {
  for (let line = 0; line < batch * positions * heads; line++) {
    const position = Math.floor(line / heads) % positions;
    for (let j = 0; j < half; j++) {
      const low = line * 2 * half + j;
      const cosine = table[position * half + j];
      const sine = table[(positions + position) * half + j];
      y[low] = cosine * x[low] - sine * x[low + half];
      y[low + half] = cosine * x[low + half] + sine * x[low];
    }
  }
}`;

const takeRows = `
function takeRows({ x, ids, y }, { rows, width, count }) {
  for (let k = 0; k < count; k++) {
    const row = ids[k] < 0 ? ids[k] + rows : ids[k];
    for (let j = 0; j < width; j++) y[k * width + j] = row < 0 || row >= rows ? NaN : x[row * width + j];
  }
}`;

const takeAlongAxis = `
function takeAlongAxis({ x, ids, y }, { outer, length, inner, count }) {
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < inner; i++) {
        const at = (o * count + k) * inner + i;
        const place = ids[at] < 0 ? ids[at] + length : ids[at];
        y[at] = place < 0 || place >= length ? NaN : x[(o * length + place) * inner + i];
      }
    }
  }
}`;

const oneHot = `
function oneHot({ ids, y }, { count, classes, on, off }) {
  y.fill(off);
  for (let k = 0; k < count; k++) if (ids[k] >= 0 && ids[k] < classes) y[k * classes + ids[k]] = on;
}`;

const sortRows = `
function sortRows({ x, y, places }, { rows, columns, descending, columnsKept }) {
  for (let i = 0; i < rows; i++) {
    const row = x.subarray(i * columns, (i + 1) * columns);
    const order = Array.from(row, (_, j) => j).sort((a, b) => {
      if (row[a] !== row[a] || row[b] !== row[b]) return Number(row[a] !== row[a]) - Number(row[b] !== row[b]);
      return row[a] === row[b] ? 0 : row[a] < row[b] === (descending === 0) ? -1 : 1;
    });
    for (let j = 0; j < columnsKept; j++) {
      if (y) y[i * columnsKept + j] = row[order[j]];
      if (places) places[i * columnsKept + j] = order[j];
    }
  }
}`;

/** Makes one number of those along an axis, by what is done with the next. */
const reduction = (name: string, first: string, next: string, end = "result") => `
function ${name}({ x, y }, { outer, length, inner, scale }) {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let result = ${first};
      for (let l = 0; l < length; l++) {
        const a = x[(o * length + l) * inner + i];
        result = ${next};
      }
      y[o * inner + i] = ${end};
    }
  }
}`;

const placeOf = (name: string, better: string) => `
function ${name}({ x, places }, { outer, length, inner }) {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let best = 0;
      for (let l = 1; l < length; l++) {
        const [a, b] = [x[(o * length + l) * inner + i], x[(o * length + best) * inner + i]];
        if (b === b && (${better} || a !== a)) best = l;
      }
      places[o * inner + i] = best;
    }
  }
}`;

const cumSumAxis = `
function cumSumAxis({ x, y }, { outer, length, inner, reverse }) {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let sum = 0;
      for (let k = 0; k < length; k++) {
        const at = (o * length + (reverse ? length - 1 - k : k)) * inner + i;
        sum += x[at];
        y[at] = sum;
      }
    }
  }
}`;

/** What the recurrent operations have in common: the steps of a sample, and where each puts out its state. */
const steps = `
function steps({ mask, y }, { time, units, backwards, sequences, zeros }, s, states, next) {
  let isBegun = false;
  for (let index = 0; index < time; index++) {
    const place = s * time + (backwards ? time - 1 - index : index);
    const isValid = !mask || mask[place] !== 0;
    isBegun ||= isValid;
    if (isValid) next(place);
    for (const state of states) for (let j = 0; j < units; j++) state[j] = Math.fround(state[j]);
    if (!sequences && index < time - 1) continue;
    const at = sequences ? s * time + (sequences === 2 ? time - 1 - index : index) : s;
    for (let j = 0; j < units; j++) y[at * units + j] = (zeros ? isValid : isBegun) ? states[0][j] : 0;
  }
}
function stateOf(state, s, units) {
  return state ? Float64Array.from(state.subarray(s * units, (s + 1) * units)) : new Float64Array(units);
}
function addProduct(sums, h, u, columns, first) {
  for (let k = 0; k < h.length; k++) for (let j = 0; j < sums.length; j++) sums[j] += h[k] * u[k * columns + first + j];
}`;

const lstm = `
function lstm({ z, u, h0, c0, mask, y, h, c }, counts) {
  const { batch, units, inner, recurrent } = counts;
  for (let s = 0; s < batch; s++) {
    const [hidden, cell] = [stateOf(h0, s, units), stateOf(c0, s, units)];
    steps({ mask, y }, counts, s, [hidden, cell], (place) => {
      const sums = new Float64Array(4 * units);
      addProduct(sums, hidden, u, 4 * units, 0);
      for (let j = 0; j < 4 * units; j++) sums[j] += z[place * 4 * units + j];
      for (let j = 0; j < units; j++) {
        cell[j] = recurrent(sums[units + j]) * cell[j] + recurrent(sums[j]) * inner(sums[2 * units + j]);
        hidden[j] = recurrent(sums[3 * units + j]) * inner(cell[j]);
      }
    });
    if (h) h.set(hidden, s * units);
    if (c) c.set(cell, s * units);
  }
}`;

const gru = `
function gru({ x, u, b, h0, mask, y, h }, counts) {
  const { batch, units, resetAfter, inner, recurrent } = counts;
  for (let s = 0; s < batch; s++) {
    const hidden = stateOf(h0, s, units);
    steps({ mask, y }, counts, s, [hidden], (place) => {
      const inputs = new Float64Array(3 * units);
      for (let j = 0; j < 3 * units; j++) inputs[j] = x[place * 3 * units + j] + (b ? b[j] : 0);
      const sums = new Float64Array((resetAfter ? 3 : 2) * units);
      if (b) for (let j = 0; j < sums.length; j++) sums[j] = b[3 * units + j];
      addProduct(sums, hidden, u, 3 * units, 0);
      const reset = new Float64Array(units);
      for (let j = 0; j < units; j++) reset[j] = recurrent(inputs[units + j] + sums[units + j]);
      const candidate = new Float64Array(units);
      if (resetAfter) for (let j = 0; j < units; j++) candidate[j] = reset[j] * sums[2 * units + j];
      else addProduct(candidate, hidden.map((value, j) => value * reset[j]), u, 3 * units, 2 * units);
      for (let j = 0; j < units; j++) {
        const update = recurrent(inputs[j] + sums[j]);
        hidden[j] = update * hidden[j] + (1 - update) * inner(inputs[2 * units + j] + candidate[j]);
      }
    });
    if (h) h.set(hidden, s * units);
  }
}`;

const simpleRnn = `
function simpleRnn({ z, u, h0, mask, y, h }, counts) {
  const { batch, units, inner } = counts;
  for (let s = 0; s < batch; s++) {
    const hidden = stateOf(h0, s, units);
    steps({ mask, y }, counts, s, [hidden], (place) => {
      const sums = new Float64Array(units);
      addProduct(sums, hidden, u, units, 0);
      for (let j = 0; j < units; j++) hidden[j] = inner(z[place * units + j] + sums[j]);
    });
    if (h) h.set(hidden, s * units);
  }
}`;

/** By the name of the operation, or of what operations call. */
export const kernels: Readonly<Record<string, Kernel>> = {
  dense: { source: dense },
  matmul: { source: matmul },
  conv2d: { source: conv2d },
  conv2dTranspose: { source: conv2dTranspose },
  depthwiseConv2d: { source: depthwiseConv2d },
  pool: { source: pool },
  maxPooling2d: { source: "\nfunction maxPooling2d({ x, y }, c) {\n  pool(x, y, c, false);\n}", needs: ["pool"] },
  averagePooling2d: {
    source: "\nfunction averagePooling2d({ x, y }, c) {\n  pool(x, y, c, true);\n}",
    needs: ["pool"],
  },
  normalizeByMoments: { source: normalizeByMoments },
  groupNormalization: { source: groupNormalization },
  softmax: { source: softmax },
  logSoftmax: { source: logSoftmax },
  prelu: { source: prelu },
  upSampling2d: { source: upSampling2d },
  upSamplingBilinear2d: { source: upSamplingBilinear2d },
  zeroPadding2d: { source: zeroPadding2d },
  expandAxis: { source: expandAxis },
  concatenate: { source: concatenate },
  places: { source: places },
  permute: {
    source: "\nfunction permute({ x, y }, c) {\n  places(c, (from, to) => {\n    y[to] = x[from];\n  });\n}",
    needs: ["places"],
  },
  padConstant: {
    source:
      "\nfunction padConstant({ x, y }, c) {\n  y.fill(c.value);\n  places(c, (to, from) => {\n    y[to] = x[from];\n  });\n}",
    needs: ["places"],
  },
  attention: { source: attention },
  rotary: { source: rotary },
  takeRows: { source: takeRows },
  takeAlongAxis: { source: takeAlongAxis },
  oneHot: { source: oneHot },
  sortRows: { source: sortRows },
  sumAxis: { source: reduction("sumAxis", "0", "result + a", "scale * result") },
  maxAxis: { source: reduction("maxAxis", "-Infinity", "a > result || a !== a ? a : result") },
  minAxis: { source: reduction("minAxis", "Infinity", "a < result || a !== a ? a : result") },
  prodAxis: { source: reduction("prodAxis", "1", "result * a") },
  argMaxAxis: { source: placeOf("argMaxAxis", "a > b") },
  argMinAxis: { source: placeOf("argMinAxis", "a < b") },
  cumSumAxis: { source: cumSumAxis },
  steps: { source: steps },
  lstm: { source: lstm, needs: ["steps"] },
  gru: { source: gru, needs: ["steps"] },
  simpleRnn: { source: simpleRnn, needs: ["steps"] },
  erf: {
    source: `
function erf(x) {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 3) {
    let [sum, term] = [x, x];
    for (let n = 1; n < 80; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-x * x) / ((size + fraction) * Math.sqrt(Math.PI)));
}`,
  },
  roundToEven: {
    source: `
function roundToEven(x) {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}`,
  },
};
