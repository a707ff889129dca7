import { breathe, SLICE_MILLISECONDS } from "../../platform/breathe";
import { ArgumentError, DataError, ShapeError } from "../../errors";
import { deriveKey } from "../../numeric/random";
import type { Tensor } from "../../tensor/tensor";
import { ImageChanger } from "./imageChanger";
import { type AugmentOptions, type AugmentSettings, readAugmentOptions } from "./options";
import type { ImageSize } from "./resample";

const WHO = "augment";

/** The word after the seed that tells these draws from those of others. */
const AUGMENT_STREAM = 0x6175676d;

/**
 * Reads the sizes of the images in x.
 *
 * @throws ArgumentError for several inputs, ShapeError when x is not images, DataError for int32
 */
export function imageSizeOf(x: readonly Tensor[], isBatched: boolean): ImageSize {
  if (x.length !== 1) {
    throw new ArgumentError(`${WHO}: the dataset has ${x.length} inputs, expects one. Augment before joining others.`);
  }
  const shape = isBatched ? x[0].shape.slice(1) : x[0].shape;
  if (shape.length < 2 || shape.length > 3) {
    throw new ShapeError(
      `${WHO}: images must have shape [height, width] or [height, width, channels], got [${shape.join(", ")}]. ` +
        "Reshape them: tensor(x.data, [samples, height, width]).",
    );
  }
  if (x[0].dtype === "int32") throw new DataError(`${WHO}: images must be uint8 or float32, got int32.`);
  const [height, width, channels = 1] = shape;
  return { height, width, channels };
}

/** What changes images at random: the same for the same seed, walk and position of the image in the dataset. */
export class Augmentation {
  readonly #settings: AugmentSettings;

  /** @throws ArgumentError for options that are not as documented */
  constructor(options: AugmentOptions) {
    this.#settings = readAugmentOptions(options);
  }

  /** The changes of one walk, that is of one epoch. */
  begin(walk: number): AugmentationWalk {
    return new AugmentationWalk(this.#settings, deriveKey(this.#settings.seed, AUGMENT_STREAM, walk));
  }
}

/** What changes the images of one walk. */
export class AugmentationWalk {
  #changer?: ImageChanger;
  #lastBreath = performance.now();

  constructor(
    private readonly settings: AugmentSettings,
    private readonly key: number,
  ) {}

  /**
   * Changes images where they stand, and breathes when it takes long.
   *
   * @param images one, or a batch with a leading dimension
   * @param positions the position of every image of the dataset in the order of this walk; absent: as they come
   * @param first where in that order these images begin
   */
  async change(images: Tensor, isBatched: boolean, positions: Int32Array | undefined, first: number): Promise<void> {
    const size = imageSizeOf([images], isBatched);
    if (!this.#changer?.fits(size)) this.#changer = new ImageChanger(this.settings, size);
    const imageLength = size.height * size.width * size.channels;
    const count = isBatched ? images.shape[0] : 1;
    for (let i = 0; i < count; i++) {
      const position = positions ? positions[first + i] : first + i;
      this.#changer.change(images.data, i * imageLength, deriveKey(this.key, position));
      if (performance.now() - this.#lastBreath < SLICE_MILLISECONDS) continue;
      await breathe();
      this.#lastBreath = performance.now();
    }
  }
}
