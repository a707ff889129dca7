import type { Tensor } from "wasmgrad";

const [WIDTH, HEIGHT] = [58, 29];
const EDGE = 2.8;
const SHADES = " .:+*#█";

/** Points around the middle as a picture of characters: the more points in a place, the darker. */
export function drawPoints({ data, shape: [count] }: Tensor): string {
  const counts = Array.from({ length: HEIGHT }, () => new Array<number>(WIDTH).fill(0));
  for (let i = 0; i < count; i++) {
    const column = Math.floor(((data[2 * i] + EDGE) / (2 * EDGE)) * WIDTH);
    const row = Math.floor(((EDGE - data[2 * i + 1]) / (2 * EDGE)) * HEIGHT);
    if (counts[row]?.[column] !== undefined) counts[row][column]++;
  }
  const most = Math.max(...counts.flat());
  const shade = (value: number) => SHADES[Math.ceil((Math.sqrt(value / most) || 0) * (SHADES.length - 1))];
  return counts.map((row) => row.map(shade).join("").trimEnd()).join("\n");
}
