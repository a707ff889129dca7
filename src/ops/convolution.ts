import { denseWorkspaceElements, gemmWorkspaceBytes, SEGMENT } from "./gemmWorkspace";
import type { Example, Memory } from "./op";
import { FEW_NUMBERS, overlap, storeSums } from "./sums";

/**
 * How a kernel moves over images. `pixels` are the places where it stands, [batch, outHeight, outWidth, filters]; at each
 * it covers a patch of the image, [batch, height, width, channels], that begins at
 * (pixelY·strideY − padTop, pixelX·strideX − padLeft).
 */
export const convolutionCounts = [
  "batch",
  "height",
  "width",
  "channels",
  "outHeight",
  "outWidth",
  "filters",
  "kernelHeight",
  "kernelWidth",
  "strideY",
  "strideX",
  "padTop",
  "padLeft",
  "dilationY",
  "dilationX",
  "groups",
  "blockPixels",
  "blockTiles",
  "blockRows",
] as const;

export type Convolution = Readonly<Record<(typeof convolutionCounts)[number], number>>;

/** A convolution of which nobody has said yet how the fast kernels go about it. */
type ConvolutionSizes = Omit<Convolution, keyof Blocks>;

/**
 * How many patches the fast kernels write out at a time, or how many tiles they transform, or how many rows of pixels they
 * sum where the image lies; 0 for what they do not do. With all three 0, the image is the matrix of patches.
 */
type Blocks = Pick<Convolution, "blockPixels" | "blockTiles" | "blockRows">;

/** Elements of the patches that exist at a time: 256 kB of L2. */
const BLOCK_ELEMENTS = 65_536;
/** But patches of at least so many pixels, over which the packing of the weights pays. */
const BLOCK_PIXELS = 64;

/** Elements of the transformed tiles that exist at a time, image and pixels together: 256 kB of L2. */
const TILES_ELEMENTS = 65_536;
/** But at least so many tiles, over which the loading of the transformed weights pays. */
const BLOCK_TILES = 16;
/** Where there are few tiles in all, a quarter of them, for their memory's sake, but so many at least. */
const FEW_TILES = 12;
/** Planes of transformed numbers: elements of a tile of 4×4. */
const PLANES = 16;
/** Columns of the panels in which transformed weights stand, and transformed weights of a plane at a time. */
const PANEL_COLUMNS = 16;
const KERNEL_ELEMENTS = 8192;
/** Blocks of tiles whose sums are added up on their own. */
const SEGMENT_BLOCKS = 16;

/** Most rows of w of a convolution without patches: a panel of 10 kB. */
const FEW_TAPS = 160;
/** Pixels of a block then: a panel of 16 kB. */
const ROWS_PIXELS = 256;

/** Numbers in a patch of one group. */
function patchLength({ kernelHeight, kernelWidth, channels, groups }: ConvolutionSizes): number {
  return (kernelHeight * kernelWidth * channels) / groups;
}

/** Whether every pixel is its own patch: the image is the matrix of patches. */
function isPointwise(c: ConvolutionSizes): boolean {
  const isWhole = c.outHeight === c.height && c.outWidth === c.width;
  return isWhole && c.kernelHeight * c.kernelWidth * c.strideY * c.strideX * c.groups === 1;
}

/** Whether Winograd's filtering can do it, in whole panels. */
function hasTiles(c: ConvolutionSizes): boolean {
  const isDense = c.strideY * c.strideX * c.dilationY * c.dilationX * c.groups === 1;
  return (
    isDense &&
    c.kernelHeight === 3 &&
    c.kernelWidth === 3 &&
    c.channels % PANEL_COLUMNS === 0 &&
    c.filters % PANEL_COLUMNS === 0
  );
}

/** Whether pixels can be summed where the image lies, in whole panels. */
function hasFewTaps(c: ConvolutionSizes): boolean {
  return c.groups === 1 && c.filters % PANEL_COLUMNS === 0 && patchLength(c) <= FEW_TAPS;
}

/** How the fast kernels go about a convolution. The `image` y has a bias of its own, so it cannot be the matrix of patches. */
export function blocksOf(c: ConvolutionSizes, image: "x" | "y" = "x"): Blocks {
  if (hasTiles(c)) {
    const most = Math.floor(TILES_ELEMENTS / (PLANES * (c.channels + c.filters)) / 4) * 4;
    const tiles = c.batch * Math.ceil(c.outHeight / 2) * Math.ceil(c.outWidth / 2);
    const few = Math.min(tiles, Math.max(FEW_TILES, Math.ceil(tiles / 16) * 4));
    return { blockPixels: 0, blockTiles: Math.min(few, Math.max(BLOCK_TILES, most)), blockRows: 0 };
  }
  if (image === "x" && isPointwise(c)) return { blockPixels: 0, blockTiles: 0, blockRows: 0 };
  const pixels = c.batch * c.outHeight * c.outWidth;
  const most = Math.max(BLOCK_PIXELS, Math.floor(BLOCK_ELEMENTS / patchLength(c)));
  const blockPixels = Math.min(pixels, pixels > SEGMENT ? Math.min(most, SEGMENT) : most);
  const rows = Math.min(c.outHeight, Math.max(1, Math.floor(ROWS_PIXELS / c.outWidth)));
  return { blockPixels, blockTiles: 0, blockRows: hasFewTaps(c) ? rows : 0 };
}

/** float32 elements of scratch memory: a block of patches, and what the matrix products on it need. */
export function convolutionWorkspace(c: Convolution): number {
  if (c.blockTiles > 0) return tilesWorkspace(c);
  if (c.blockPixels === 0) {
    // the products of a dense layer, or weights in panels
    return Math.max(
      denseWorkspaceElements(c.batch * c.height * c.width, c.channels, c.filters),
      2 * c.channels * c.filters,
    );
  }
  const length = patchLength(c);
  const filters = c.filters / c.groups;
  const products = Math.max(
    gemmWorkspaceBytes(c.blockPixels, filters, length),
    gemmWorkspaceBytes(length, filters, c.blockPixels),
    gemmWorkspaceBytes(c.blockPixels, length, filters),
  );
  // the sum of a segment of pixels (a bias is one more row), patches, and the products on them
  const isLong = c.batch * c.outHeight * c.outWidth > SEGMENT;
  const segment = isLong ? Math.ceil(((length + 1) * c.filters) / 16) * 16 : 0;
  const patches = Math.ceil((c.blockPixels * length) / 16) * 16 + products / 4;
  const ofPatches = c.blockRows > 0 ? Math.max(patches, rowsWorkspace(c)) : patches;
  return Math.max(segment + ofPatches, Math.ceil(overlappingImage(c) / 16) * 16 + patches);
}

/** Numbers of an image to which patches are added in parts, because so many of them cover the same number; else 0. */
export function overlappingImage(c: Omit<ConvolutionSizes, "groups" | "filters">, multiplier = 1): number {
  const across = overlap(c.kernelWidth, c.dilationX === 1 ? c.strideX : 1, c.outWidth);
  const down = overlap(c.kernelHeight, c.dilationY === 1 ? c.strideY : 1, c.outHeight);
  return across * down * multiplier > FEW_NUMBERS ? c.height * c.width * c.channels : 0;
}

/** float32 elements for the offsets of taps and a number behind them, the weights, and what a block sees of the image. */
function rowsWorkspace(c: Convolution): number {
  const height = (c.blockRows - 1) * c.strideY + (c.kernelHeight - 1) * c.dilationY + 1;
  const width = (c.outWidth - 1) * c.strideX + (c.kernelWidth - 1) * c.dilationX + 1;
  return patchLength(c) * (1 + c.filters) + 16 + height * width * c.channels;
}

/**
 * float32 elements for a tile, and for planes of weights, of tiles of the image and of tiles of pixels. A plane takes up to
 * 31 elements more than it has; tiles come in twos.
 */
function tilesWorkspace({ channels, filters, blockTiles, batch, outHeight, outWidth }: Convolution): number {
  const larger = Math.max(channels, filters);
  const weights = Math.min(channels * filters, Math.max(KERNEL_ELEMENTS, PANEL_COLUMNS * larger));
  const tiles = (blockTiles + 1) * (channels + filters);
  // the sum of a segment of tiles
  const isLong = batch * Math.ceil(outHeight / 2) * Math.ceil(outWidth / 2) > SEGMENT_BLOCKS * blockTiles;
  return PLANES * (larger + weights + tiles + 3 * 31 + (isLong ? weights + 31 : 0));
}

/** Floating-point operations of one pass. */
export function convolutionFlops(c: Convolution): number {
  return 2 * c.batch * c.outHeight * c.outWidth * c.filters * patchLength(c);
}

type Heap = Memory["heap"];

/** Index of the image's pixel under tap `tap` (row by row) of pixel `pixel`, −1 in the padding. */
function imagePixel(c: Convolution, pixel: number, tap: number): number {
  const { height, width, outHeight, outWidth } = c;
  const sample = Math.floor(pixel / (outHeight * outWidth));
  const y = (Math.floor(pixel / outWidth) % outHeight) * c.strideY - c.padTop;
  const x = (pixel % outWidth) * c.strideX - c.padLeft;
  const tapY = y + Math.floor(tap / c.kernelWidth) * c.dilationY;
  const tapX = x + (tap % c.kernelWidth) * c.dilationX;
  if (tapY < 0 || tapY >= height || tapX < 0 || tapX >= width) return -1;
  return (sample * height + tapY) * width + tapX;
}

/** pixels (=|+=) bias + patches of the image·w. Padding is 0 and takes part, so that a NaN in w shows. */
export function correlate(
  heap: Heap,
  c: Convolution,
  { image, w, bias, pixels }: { image: number; w: number; bias: number; pixels: number },
  add: number,
): void {
  const { filters, groups, channels } = c;
  const groupChannels = channels / groups;
  const groupFilters = filters / groups;
  for (let i = 0; i < c.batch * c.outHeight * c.outWidth; i++) {
    storeSums(heap, pixels + i * filters, add, filters, (sums) => {
      if (!add && bias) sums.set(heap.subarray(bias, bias + filters));
      for (let tap = 0; tap < c.kernelHeight * c.kernelWidth; tap++) {
        const source = imagePixel(c, i, tap);
        for (let k = 0; k < channels; k++) {
          const group = Math.floor(k / groupChannels);
          const input = source < 0 ? 0 : heap[image + source * channels + k];
          const weights = w + (tap * groupChannels + (k % groupChannels)) * filters;
          for (let f = group * groupFilters; f < (group + 1) * groupFilters; f++) sums[f] += input * heap[weights + f];
        }
      }
    });
  }
}

/** image (=|+=) bias + every pixel·wᵀ at the place of its patch. What falls into the padding is lost. */
export function scatter(
  heap: Heap,
  c: Convolution,
  { pixels, w, bias, image }: { pixels: number; w: number; bias: number; image: number },
  add: number,
): void {
  const { filters, groups, channels } = c;
  const groupChannels = channels / groups;
  const groupFilters = filters / groups;
  storeSums(heap, image, add, c.batch * c.height * c.width * channels, (sums) => {
    if (!add && bias) for (let i = 0; i < sums.length; i++) sums[i] = heap[bias + (i % channels)];
    for (let i = 0; i < c.batch * c.outHeight * c.outWidth; i++) {
      for (let tap = 0; tap < c.kernelHeight * c.kernelWidth; tap++) {
        const target = imagePixel(c, i, tap);
        if (target < 0) continue;
        for (let k = 0; k < channels; k++) {
          const group = Math.floor(k / groupChannels);
          const weights = w + (tap * groupChannels + (k % groupChannels)) * filters;
          let sum = 0;
          for (let f = group * groupFilters; f < (group + 1) * groupFilters; f++) {
            sum += heap[pixels + i * filters + f] * heap[weights + f];
          }
          sums[target * channels + k] += sum;
        }
      }
    }
  });
}

/** dw (=|+=) patches of the imageᵀ·pixels. */
export function kernelGradient(
  heap: Heap,
  c: Convolution,
  { image, pixels, dw }: { image: number; pixels: number; dw: number },
  add: number,
): void {
  const { filters, groups, channels } = c;
  const groupChannels = channels / groups;
  const groupFilters = filters / groups;
  storeSums(heap, dw, add, patchLength(c) * filters, (sums) => {
    for (let i = 0; i < c.batch * c.outHeight * c.outWidth; i++) {
      for (let tap = 0; tap < c.kernelHeight * c.kernelWidth; tap++) {
        const source = imagePixel(c, i, tap);
        if (source < 0) continue;
        for (let k = 0; k < channels; k++) {
          const input = heap[image + source * channels + k];
          const group = Math.floor(k / groupChannels);
          const gradients = (tap * groupChannels + (k % groupChannels)) * filters;
          for (let f = group * groupFilters; f < (group + 1) * groupFilters; f++) {
            sums[gradients + f] += input * heap[pixels + i * filters + f];
          }
        }
      }
    }
  });
}

/** db (=|+=) the sum of the rows of dy. */
export function biasGradient(
  heap: Heap,
  { db, dy, addDb }: Record<"db" | "dy" | "addDb", number>,
  size: [number, number],
) {
  const [rows, columns] = size;
  storeSums(heap, db, addDb, columns, (sums) => {
    for (let i = 0; i < rows * columns; i++) sums[i % columns] += heap[dy + i];
  });
}

/** A convolution as examples name it: valid padding, strides, dilation and groups of 1 unless said otherwise. */
export interface ConvolutionExample {
  batch?: number;
  image: [height: number, width: number, channels: number];
  kernel: [height: number, width: number];
  filters: number;
  strides?: [number, number];
  dilation?: [number, number];
  groups?: number;
  /** Top, bottom, left, right. */
  padding?: [number, number, number, number];
  useBias?: boolean;
  /** Other blocks than a convolution of this size has. */
  blocks?: Partial<Blocks>;
}

/** The sizes of an example. */
function countsOf({
  batch = 2,
  image: [height, width, channels],
  kernel: [kernelHeight, kernelWidth],
  filters,
  strides: [strideY, strideX] = [1, 1],
  dilation: [dilationY, dilationX] = [1, 1],
  groups = 1,
  padding: [padTop, padBottom, padLeft, padRight] = [0, 0, 0, 0],
}: ConvolutionExample) {
  const places = (size: number, kernel: number, stride: number, dilation: number) =>
    Math.floor((size - (kernel - 1) * dilation - 1) / stride) + 1;
  const outHeight = places(height + padTop + padBottom, kernelHeight, strideY, dilationY);
  const outWidth = places(width + padLeft + padRight, kernelWidth, strideX, dilationX);
  const sizes = { batch, height, width, channels, outHeight, outWidth, filters, kernelHeight, kernelWidth };
  return { ...sizes, strideY, strideX, padTop, padLeft, dilationY, dilationX, groups };
}

/** Awkward convolutions of about size n, for conv2d and its transpose. */
export function listConvolutions(n: number): ConvolutionExample[] {
  const list: ConvolutionExample[] = [
    { image: [5, 4, n], kernel: [3, 3], filters: 3, padding: [1, 1, 1, 1] },
    { image: [4, 7, 3], kernel: [2, 3], filters: n, strides: [2, 2], padding: [0, 1, 1, 1], useBias: false },
    { image: [7, n, 1], kernel: [2, 4], filters: 5, padding: [0, 1, 0, 3], batch: 3 },
    { image: [6, 5, 2 * n], kernel: [3, 2], filters: 6, groups: 2, dilation: [2, 1], padding: [2, 2, 0, 1] },
    { image: [3, 6, 4], kernel: [1, 3], filters: 2 * n, groups: 2, dilation: [1, 2], padding: [0, 0, 4, 0], batch: 1 },
    { image: [3, 5, n], kernel: [1, 1], filters: 7 },
    { image: [3, 5, 3], kernel: [1, 1], filters: n, strides: [2, 2] },
    { image: [2, 2, 2], kernel: [5, 5], filters: n, padding: [2, 2, 2, 2] },
  ];
  // Several blocks of patches.
  if (n === 7) {
    list.push({ image: [n, 9, 5], kernel: [5, 5], filters: 3, padding: [2, 2, 2, 2], blocks: { blockPixels: 50 } });
    list.push({ image: [n, 9, 1], kernel: [3, 3], filters: 2, blocks: { blockPixels: 16 } });
  }
  // Pixels read where they lie, in whole panels: an odd number of them, several blocks of the sum over them.
  if (n === 3) list.push({ image: [n, 5, 16], kernel: [1, 1], filters: 32, batch: 1 });
  if (n === 5) list.push({ image: [17, 17, 32], kernel: [1, 1], filters: 16, batch: 1, useBias: false });
  // Rows: inside the image and not, several blocks of them.
  if (n === 1) list.push({ image: [6, 2, n], kernel: [2, 2], filters: 16, batch: 1 });
  if (n === 3)
    list.push({ image: [7, 5, n], kernel: [3, 2], filters: 32, strides: [2, 1], dilation: [1, 2], batch: 1 });
  if (n === 5) {
    list.push({ image: [n, 6, 1], kernel: [3, 3], filters: 16, padding: [1, 1, 0, 2], blocks: { blockRows: 2 } });
  }
  // Tiles: whole ones and cut ones, some with nothing of the image, several blocks of them, and of their weights.
  if (n === 3) list.push({ image: [n, 4, 16], kernel: [3, 3], filters: 32, padding: [1, 1, 1, 3], useBias: false });
  if (n === 5) {
    list.push({
      image: [7, 6, 16],
      kernel: [3, 3],
      filters: 16,
      padding: [2, 0, 1, 1],
      batch: 1,
      blocks: { blockTiles: n },
    });
    list.push({ image: [3, 3, 272], kernel: [3, 3], filters: 32, batch: 1 });
    list.push({ image: [3, 3, 32], kernel: [3, 3], filters: 272, batch: 1 });
  }
  return list;
}

/** An example of an operation to which the image is `x`, as for conv2d, or `y`, as for its transpose. */
export function convolutionExample(example: ConvolutionExample, image: "x" | "y"): Example {
  const sizes = countsOf(example);
  const { batch, height, width, channels, outHeight, outWidth, filters, kernelHeight, kernelWidth, groups } = sizes;
  const images = [batch, height, width, channels];
  const pixels = [batch, outHeight, outWidth, filters];
  const w = [kernelHeight, kernelWidth, channels / groups, filters];
  const shapes = image === "x" ? { x: images, w, y: pixels } : { x: pixels, w, y: images };
  const b = [image === "x" ? filters : channels];
  const counts = { ...sizes, ...blocksOf(sizes, image), ...example.blocks };
  return {
    shapes: (example.useBias ?? true) ? { ...shapes, b } : shapes,
    counts,
    nanReachesNeighbours: counts.blockTiles > 0,
  };
}
