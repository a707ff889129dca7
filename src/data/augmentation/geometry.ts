import { cos, sin } from "../../numeric/trigonometric";
import { uniform } from "../../numeric/random";
import { draws, drawWithin } from "./draws";
import type { AugmentSettings } from "./options";
import type { AffineMap, ImageSize } from "./resample";

const TURN = 6.283185307179586;

/** Whether any change moves pixels. */
export function isGeometric({ shift, flip, rotation, zoom }: AugmentSettings): boolean {
  return [shift, flip, rotation, zoom].some((change) => change !== undefined);
}

/**
 * Draws where the pixels of an image are taken from, into `map`.
 *
 * An image is zoomed by z and turned by t about its centre c, mirrored, then moved by s. Seen from a pixel p of the result:
 *
 *     source = c + z · R(t) · M · (p − s − c)        R = [cos t, −sin t; sin t, cos t]   M = diag(±1, ±1)
 *
 * With y pointing down, R turns the image counterclockwise. The centre of pixels 0 … n − 1 is (n − 1)/2.
 */
export function drawMap(settings: AugmentSettings, size: ImageSize, key: number, map: AffineMap): void {
  const { shift, flip, rotation, zoom } = settings;
  const { height, width } = size;
  const angle = rotation ? TURN * drawWithin(rotation, key, draws.rotation) : 0;
  const zoomY = zoom ? 1 + drawWithin(zoom.height, key, draws.zoomHeight) : 1;
  const zoomX = zoom?.width ? 1 + drawWithin(zoom.width, key, draws.zoomWidth) : zoomY;
  const mirrorX = flip && flip !== "vertical" && uniform(key, draws.flipHorizontal) < 0.5 ? -1 : 1;
  const mirrorY = flip && flip !== "horizontal" && uniform(key, draws.flipVertical) < 0.5 ? -1 : 1;
  const shiftY = shift ? height * drawWithin(shift.height, key, draws.shiftHeight) : 0;
  const shiftX = shift ? width * drawWithin(shift.width ?? shift.height, key, draws.shiftWidth) : 0;

  const [cosine, sine] = [cos(angle), sin(angle)];
  const centerX = (width - 1) / 2;
  const centerY = (height - 1) / 2;
  map.xx = zoomX * cosine * mirrorX;
  map.xy = -zoomX * sine * mirrorY;
  map.yx = zoomY * sine * mirrorX;
  map.yy = zoomY * cosine * mirrorY;
  map.x0 = centerX - map.xx * (centerX + shiftX) - map.xy * (centerY + shiftY);
  map.y0 = centerY - map.yx * (centerX + shiftX) - map.yy * (centerY + shiftY);
}
