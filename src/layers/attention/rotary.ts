import { ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { cos, log, exp, sin } from "../../numeric/elementary";
import { emitTakeStep } from "../../graph/steps";
import { rotary } from "../../ops/rotary";
import { type OptionsOf, positive, readOptions, type SettingsOf } from "../../optionTable";
import type { Option } from "../../optionTable";

/** How the options of rotary positions are read. */
export const rotaryOptions = {
  /** The wavelength of the slowest pair, in positions, times 2π. Default 10000. */
  maxWavelength: [positive, 10000],
  /** What positions are divided by. Default 1. */
  scalingFactor: [positive, 1],
} as const;

/** Options of rotary positions. */
export interface RotaryOptions extends OptionsOf<typeof rotaryOptions> {}

/** Options of rotary positions, defaults filled in. */
export interface RotarySettings extends SettingsOf<typeof rotaryOptions> {}

/** Rotary positions within another layer. */
export const rotaryWithin: Option<RotaryOptions, RotarySettings> = (given, who, option) =>
  readOptions(`${who}: ${option}`, given, rotaryOptions);

/** Refuses heads whose numbers do not come in pairs. */
export function checkPairs(who: string, option: string, size: number): void {
  if (size % 2 === 0) return;
  throw new ShapeError(`${who}: rotary positions turn pairs of numbers, so ${option} must be even, got ${size}.`);
}

/** Cosines, then sines, of position ÷ scalingFactor ÷ maxWavelength^(j ÷ half). */
function angleTable(positions: number, half: number, { maxWavelength, scalingFactor }: RotarySettings): Float32Array {
  const table = new Float32Array(2 * positions * half);
  for (let j = 0; j < half; j++) {
    const frequency = exp((-j / half) * log(maxWavelength));
    for (let position = 0; position < positions; position++) {
      const angle = (position / scalingFactor) * frequency;
      table[position * half + j] = cos(angle);
      table[(positions + position) * half + j] = sin(angle);
    }
  }
  return table;
}

/**
 * Turns the pairs of numbers of each head of x, [batch, positions, …], by the angles of their positions.
 *
 * @param steps where x is that of one step of a stream: how many steps there is room for
 */
export function emitRotary(
  graph: Graph,
  owner: string,
  x: Value,
  heads: number,
  settings: RotarySettings,
  steps?: number,
): Value {
  const [batch, positions] = x.shape;
  const half = x.shape.slice(2).reduce((a, b) => a * b, 1) / heads / 2;
  const rows = steps ?? positions;
  const all = graph.constant(owner, angleTable(rows, half, settings), [2, rows, half]);
  const table = steps === undefined ? all : emitTakeStep(graph, owner, all, [2, 1, half]);
  return graph.emit(rotary, owner, { x, table }, x.shape, { counts: { batch, positions, heads, half } });
}
