import { ArgumentError, DataError, LimitError, ShapeError } from "../errors";
import { type Drawable, isDrawable, isImageData, readElement } from "../images/canvas";
import { decodeImage } from "../images/decode";
import {
  type FileLike,
  type FolderContent,
  type ImageFile,
  readFolder,
  readList,
  type SkippedFile,
} from "../images/folder";
import {
  IMAGE_OPTIONS,
  type ImageOptions,
  type Preparation,
  type PreparedImage,
  prepare,
  readImageOptions,
} from "../images/prepare";
import { bytesAtHand } from "../io/bytes";
import { type FileSource, readSource } from "../io/files";
import { checkOptions, didYouMean, integer, show } from "../options";
import { breatheBefore } from "../platform/breathe";
import { isA } from "../platform/realm";
import { Tensor } from "../tensor/tensor";
import { Dataset } from "./dataset";
import { Selection } from "./selection";

/** Red, green, blue and alpha of each pixel, row by row: `ImageData` of browsers, or an object with its fields. */
export interface ImageDataLike {
  /** Four numbers a pixel. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** Pixels of a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** A file of an image; in browsers also a canvas, an image, an ImageBitmap, a video or a frame of one. */
export type ImageSource = FileSource | ImageDataLike | Drawable;

/** Options of `imageFolder`. */
export interface ImageFolderOptions extends ImageOptions {
  /**
   * The classes in the order of their labels, such as those of a training set for its test set. Default: the folders, sorted by code
   * units.
   */
  classNames?: readonly string[] | undefined;
  /** The class of each file of a list, in its order; null for a dataset without y. Default: the folders. */
  labels?: readonly string[] | null | undefined;
  /** The most bytes that all images may take in memory, one a number. Default 2 GiB, 2³¹. */
  maximumBytes?: number | undefined;
}

/** Images of a folder. Parts and batches of it are plain datasets. */
export class ImageDataset extends Dataset {
  /** @internal */
  constructor(
    selection: Selection,
    /** What labels stand for. */
    readonly classNames: readonly string[],
    /** Where each sample comes from, from the folder on. */
    readonly files: readonly string[],
    /** What was left out, and why: hidden files, other kinds of files, files in no class. */
    readonly skipped: readonly SkippedFile[],
  ) {
    super(selection);
  }
}

/**
 * An image as a tensor, uint8 `[height, width, channels]`: a PNG or JPEG file, in browsers also what else they show. Exif orientation
 * is followed, 16 bits are rounded to 8.
 *
 *     const [height, width] = [28, 28];
 *     const { data: pixels } = await data.image(canvas, { size: [height, width], channels: 1 });
 *     await net.predict({ data: pixels, shape: [1, height, width, 1] });
 *
 * In Node files need the packages fast-png and jpeg-js, or `decoders`. What a browser decodes differs by a step or two between
 * browsers for JPEG, and where it can be seen through.
 *
 * @throws FormatError when the file is damaged, cut off or of another kind; DataError when pixels can be seen through and nothing was
 *   said to lie behind, or the source has no image yet; LimitError above `maximumPixels`; StateError where no decoder is
 */
export async function image(source: ImageSource, options: ImageOptions = {}): Promise<Tensor<"uint8">> {
  const who = "image";
  checkOptions(who, options, IMAGE_OPTIONS);
  const preparation = readImageOptions(options, who);
  const { data, shape } = await readImage(source, preparation, who);
  return new Tensor<"uint8">(data, shape);
}

async function readImage(source: ImageSource, preparation: Preparation, who: string): Promise<PreparedImage> {
  const { maximumPixels, decoders } = preparation;
  if (isImageData(source)) return prepare(source, preparation, who);
  if (isDrawable(source)) return prepare(await readElement(source, maximumPixels, who), preparation, who);
  // While it is decoded the giver of the bytes may change them.
  const bytes = bytesAtHand(source, who)?.slice() ?? (await readSource(source as FileSource, who));
  return prepare(await decodeImage(bytes, decoders, maximumPixels, who), preparation, who);
}

/**
 * A dataset of the PNG and JPEG files in a folder that has one folder for each class: x uint8 `[height, width, channels]`, which stay
 * bytes in memory and are scaled while batches are gathered, y the label, int32. Files are taken in the order of their paths, folders
 * within those of classes included; hidden and other files are left out, which `skipped` tells.
 *
 *     const cats = await data.imageFolder("photos", { size: [64, 64] });   // photos/cat/1.jpg, photos/dog/2.png, …
 *     const [train, test] = cats.split(0.8);
 *
 * In Node this needs the packages fast-png and jpeg-js, or `decoders`.
 *
 * @param source in Node a path or `file:` URL; anywhere a list of files, such as that of an `<input type="file" webkitdirectory>`
 * @throws FormatError naming the file that is damaged, cut off or of another kind, DataError when there are none, or one can be seen
 *   through and nothing was said to lie behind; ShapeError when sizes differ and `size` was not given; LimitError above
 *   `maximumPixels` or `maximumBytes`; ArgumentError for options that do not fit; StateError where no decoder is
 */
export async function imageFolder(
  source: string | URL | Iterable<FileLike>,
  options: ImageFolderOptions = {},
): Promise<ImageDataset> {
  const who = "imageFolder";
  checkOptions(who, options, [...IMAGE_OPTIONS, "classNames", "labels", "maximumBytes"]);
  const preparation = readImageOptions(options, who);
  const maximumBytes = integer(who, "maximumBytes", options.maximumBytes ?? 2 ** 31);
  const { classNames, labels } = options;
  for (const [name, list] of Object.entries({ classNames, labels })) {
    const isList = Array.isArray(list) && list.every((text) => typeof text === "string");
    if (list !== undefined && list !== null && !isList) {
      throw new ArgumentError(`${who}: ${name} must be an array of texts, got ${show(list)}.`);
    }
  }
  const content = await listFiles(source, labels, who);
  const { chosen, names } = classify(content, classNames, labels === null, who);
  const x = await readAll(chosen, preparation, maximumBytes, who);
  const y =
    labels === null
      ? []
      : [
          new Tensor(
            Int32Array.from(chosen, ({ className }) => names.indexOf(className!)),
            [chosen.length],
          ),
        ];
  const selection = new Selection({ x: [x], y });
  return new ImageDataset(
    selection,
    names,
    chosen.map(({ path }) => path),
    content.skipped,
  );
}

async function listFiles(
  source: string | URL | Iterable<FileLike>,
  labels: readonly string[] | null | undefined,
  who: string,
): Promise<FolderContent> {
  if (typeof source === "string" || isA("URL", source)) {
    if (labels)
      throw new ArgumentError(`${who}: labels go with a list of files. A folder has one folder for each class.`);
    return readFolder(source as string | URL, who);
  }
  if (source === null || typeof source !== "object" || !(Symbol.iterator in source)) {
    throw new ArgumentError(`${who}: expects the path of a folder or a list of files, got ${show(source)}.`);
  }
  if (!labels) return readList(source, who);
  const files = [...source];
  if (files.length !== labels.length) {
    throw new ArgumentError(`${who}: ${files.length} files but ${labels.length} labels.`);
  }
  // One by one, so that each keeps its label whatever is left out.
  const parts = files.map((file, i) => {
    const { files, skipped } = readList([file], who);
    return { files: files.map((each) => ({ ...each, className: labels[i] })), skipped };
  });
  const folders = [...new Set(labels)].sort();
  return { files: parts.flatMap(({ files }) => files), skipped: parts.flatMap(({ skipped }) => skipped), folders };
}

/** The files that are read, and the classes in the order of their labels. */
function classify(
  { files, folders, skipped }: FolderContent,
  classNames: readonly string[] | undefined,
  isUnlabelled: boolean,
  who: string,
): { chosen: ImageFile[]; names: readonly string[] } {
  if (isUnlabelled && classNames) throw new ArgumentError(`${who}: without labels there are no classNames.`);
  const chosen = isUnlabelled ? files : files.filter(({ className }) => className !== undefined);
  if (!isUnlabelled) {
    for (const { path, className } of files) if (className === undefined) skipped.push({ path, reason: "in no class" });
  }
  if (chosen.length === 0) {
    const [first] = skipped;
    const hint = first
      ? ` Left out: ${show(first.path)} (${first.reason})${skipped.length > 1 ? " and others" : ""}.`
      : "";
    throw new DataError(`${who}: there are no PNG or JPEG files in folders of classes.${hint}`);
  }
  if (isUnlabelled) return { chosen, names: [] };
  const names = classNames ? [...classNames] : folders;
  if (new Set(names).size !== names.length) throw new ArgumentError(`${who}: classNames has a name twice.`);
  for (const { path, className } of chosen) {
    if (names.includes(className!)) continue;
    throw new DataError(
      `${who}: ${path} is of class ${show(className)}, which classNames has not.${didYouMean(className!, names)}`,
    );
  }
  for (const name of names) {
    if (!chosen.some(({ className }) => className === name))
      skipped.push({ path: name, reason: "a class without images" });
  }
  return { chosen, names };
}

/** All images, one behind the other. */
async function readAll(
  files: readonly ImageFile[],
  preparation: Preparation,
  maximumBytes: number,
  who: string,
): Promise<Tensor<"uint8">> {
  const { decoders, maximumPixels, channels, size } = preparation;
  const checkBytes = ([height, width]: readonly number[]) => {
    const bytes = files.length * height * width * channels;
    if (bytes > maximumBytes) {
      throw new LimitError(
        `${who}: ${files.length} images of [${height}, ${width}, ${channels}] take ${bytes} bytes. Make size smaller, or raise maximumBytes (now ${maximumBytes}).`,
      );
    }
    return new Uint8Array(bytes);
  };
  let all = size && checkBytes(size);
  let first: PreparedImage["shape"] | undefined;
  for (const [i, file] of files.entries()) {
    await breatheBefore();
    const place = `${who}: ${file.path}`;
    const pixels = await decodeImage(await file.read(), decoders, maximumPixels, place);
    const { shape, data } = prepare(pixels, preparation, place);
    first ??= shape;
    if (shape.some((length, axis) => length !== first![axis])) {
      const [here, there] = [shape, first].map(([height, width]) => `${height} × ${width}`);
      throw new ShapeError(
        `${place} has ${here} pixels, ${files[0].path} has ${there}. Give a size: { size: [64, 64] }.`,
      );
    }
    all ??= checkBytes(shape);
    all.set(data, i * data.length);
  }
  return new Tensor<"uint8">(all!, [files.length, ...first!]);
}
