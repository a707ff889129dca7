import type { TensorData } from "../../tensor/tensor";
import { drawMap, isGeometric } from "./geometry";
import type { AugmentSettings, Interval } from "./options";
import { type AffineMap, type ImageSize, Resampler } from "./resample";
import { addNoise, changeContrast, clip, cutOut } from "./values";

/** Changes images of one size, one after the other, in arrays that it keeps: nothing is allocated for an image. */
export class ImageChanger {
  readonly #resampler?: Resampler;
  readonly #map: AffineMap = { xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0 };
  readonly #result: Float32Array;
  readonly #clipsTo?: Interval;

  constructor(
    private readonly settings: AugmentSettings,
    private readonly size: ImageSize,
  ) {
    this.#result = new Float32Array(size.height * size.width * size.channels);
    if (isGeometric(settings)) this.#resampler = new Resampler(size, settings);
    if (settings.contrast || settings.noise) this.#clipsTo = settings.valueRange;
  }

  fits({ height, width, channels }: ImageSize): boolean {
    return this.size.height === height && this.size.width === width && this.size.channels === channels;
  }

  /** Changes the image that begins at `offset`, by the random numbers of its key. */
  change(images: TensorData, offset: number, key: number): void {
    const { settings, size } = this;
    const image = this.#result;
    if (this.#resampler) {
      drawMap(settings, size, key, this.#map);
      this.#resampler.resample(images, offset, image, this.#map);
    } else {
      for (let i = 0; i < image.length; i++) image[i] = images[offset + i];
    }
    if (settings.contrast) changeContrast(image, size, settings.contrast, key);
    if (settings.noise) addNoise(image, settings.noise, key);
    if (this.#clipsTo) clip(image, this.#clipsTo);
    if (settings.cutout) cutOut(image, size, settings.cutout, settings.fillValue, key);
    if (images instanceof Uint8Array) storeBytes(image, images, offset);
    else images.set(image, offset);
  }
}

/** Rounds to the nearest byte, halves upwards. */
function storeBytes(image: Float32Array, bytes: Uint8Array, offset: number): void {
  for (let i = 0; i < image.length; i++) {
    const value = image[i] + 0.5;
    bytes[offset + i] = value >= 256 ? 255 : value > 0 ? value : 0;
  }
}
