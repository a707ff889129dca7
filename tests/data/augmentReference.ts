import type { FillMode, Interpolation } from "../../src/data";

/** An image as rows of pixels of channels, float64. */
export type Picture = number[][][];

export interface Move {
  readonly shiftX: number;
  readonly shiftY: number;
  /** Radians, counterclockwise. */
  readonly angle: number;
  readonly zoomX: number;
  readonly zoomY: number;
}

export function pictureOf(data: ArrayLike<number>, [height, width, channels = 1]: readonly number[]): Picture {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) =>
      Array.from({ length: channels }, (_, channel) => data[(y * width + x) * channels + channel]),
    ),
  );
}

/** A long row with the given one in its middle, made by laying copies of it side by side. */
function extended<T>(row: readonly T[], mode: FillMode, copies: number, fill: T): T[] {
  const sides: T[][] = [];
  for (let copy = -copies; copy <= copies; copy++) {
    if (copy === 0 || mode === "wrap") sides.push([...row]);
    else if (mode === "reflect") sides.push(copy % 2 === 0 ? [...row] : row.toReversed());
    else if (mode === "nearest") sides.push(row.map(() => (copy < 0 ? row[0] : row[row.length - 1])));
    else sides.push(row.map(() => fill));
  }
  return sides.flat();
}

/**
 * The moved image, slowly: every change is undone for itself, and a value is the sum over all pixels of a large canvas
 * around the image, each weighted by how near it is.
 */
export function movedPicture(
  picture: Picture,
  { shiftX, shiftY, angle, zoomX, zoomY }: Move,
  mode: FillMode,
  interpolation: Interpolation,
  fillValue: number,
): Picture {
  const [height, width, channels] = [picture.length, picture[0].length, picture[0][0].length];
  const copies = 4;
  const fill = Array.from({ length: channels }, () => fillValue);
  const rows = picture.map((row) => extended(row, mode, copies, fill));
  const canvas = extended(
    rows,
    mode,
    copies,
    rows[0].map(() => fill),
  );
  const near = (distance: number) =>
    interpolation === "bilinear" ? Math.max(0, 1 - Math.abs(distance)) : distance > -0.5 && distance <= 0.5 ? 1 : 0;
  return picture.map((row, y) =>
    row.map((_, x) => {
      // Polar coordinates about the centre, with y upwards as angles are drawn.
      const right = x - shiftX - (width - 1) / 2;
      const up = -(y - shiftY - (height - 1) / 2);
      const radius = Math.hypot(right, up);
      const direction = Math.atan2(up, right) - angle;
      const sourceX = (width - 1) / 2 + zoomX * radius * Math.cos(direction);
      const sourceY = (height - 1) / 2 - zoomY * radius * Math.sin(direction);
      const sum = fill.map(() => 0);
      canvas.forEach((line, i) => {
        const weightY = near(sourceY - (i - copies * height));
        if (weightY === 0) return;
        line.forEach((pixel, j) => {
          const weight = weightY * near(sourceX - (j - copies * width));
          for (let channel = 0; channel < channels && weight; channel++) sum[channel] += weight * pixel[channel];
        });
      });
      return sum;
    }),
  );
}
