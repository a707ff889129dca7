import { logSoftmax } from "../ops/logSoftmax";
import type { Op } from "../ops/op";
import { softmax } from "../ops/softmax";
import { type CoreMachine, checkApart, checkSize } from "./machine";

/** y from x, row by row. */
type Forward = (x: Float32Array, y: Float32Array, rows: number, columns: number) => void;
/** dx from y and dy, row by row. */
type Backward = (
  y: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
  rows: number,
  columns: number,
  add?: boolean,
) => void;

/** Operations along the rows of a matrix. */
export interface Softmax {
  /**
   * Every row of y = eˣ / Σ eˣ, probabilities from logits.
   *
   * @param x [rows, columns]
   * @param y [rows, columns], x itself or apart from it
   * @throws ArgumentError for arrays that are not of this core, sizes that are no positive integers, arrays that overlap
   *   in part; ShapeError for arrays of another length
   */
  softmax: Forward;
  /**
   * dx (=|+=) y·(dy − Σ dy·y), the gradient of `softmax`.
   *
   * @param y [rows, columns], what `softmax` computed
   * @param dy [rows, columns], the gradient of y
   * @param dx [rows, columns], dy itself or apart from the others
   * @param add whether to add to what is in dx. Default false: store
   * @throws as `softmax`
   */
  softmaxBackward: Backward;
  /** Every row of y = x − log Σ eˣ. Parameters and errors as those of `softmax`. */
  logSoftmax: Forward;
  /** dx (=|+=) dy − eʸ·Σ dy, the gradient of `logSoftmax`. Parameters and errors as those of `softmaxBackward`. */
  logSoftmaxBackward: Backward;
}

function pairOf(machine: CoreMachine, op: Op): { forward: Forward; backward: Backward } {
  const { integers } = machine;
  const places = machine.places(op);
  const run = machine.kernel(op, "Forward");
  const runBack = machine.kernel(op, "Backward");
  const who = op.name;
  const whoBack = `${op.name}Backward`;
  return {
    forward(x, y, rows, columns) {
      checkSize(who, "rows", rows);
      checkSize(who, "columns", columns);
      const count = rows * columns;
      const atX = machine.address(who, "x", x, count);
      const atY = machine.address(who, "y", y, count);
      if (atX !== atY) checkApart(who, "y and another part of x", atY, count, atX, count);
      integers[places.x] = atX;
      integers[places.y] = atY;
      integers[places.rows] = rows;
      integers[places.columns] = columns;
      run();
    },
    backward(y, dy, dx, rows, columns, add = false) {
      checkSize(whoBack, "rows", rows);
      checkSize(whoBack, "columns", columns);
      const count = rows * columns;
      const atY = machine.address(whoBack, "y", y, count);
      const atDy = machine.address(whoBack, "dy", dy, count);
      const atDx = machine.address(whoBack, "dx", dx, count);
      checkApart(whoBack, "dx and y", atDx, count, atY, count);
      if (atDx !== atDy) checkApart(whoBack, "dx and another part of dy", atDx, count, atDy, count);
      integers[places.y] = atY;
      integers[places.dy] = atDy;
      integers[places.dx] = atDx;
      integers[places.addDx] = add ? 1 : 0;
      integers[places.rows] = rows;
      integers[places.columns] = columns;
      runBack();
    },
  };
}

export function softmaxOf(machine: CoreMachine): Softmax {
  const [plain, logarithmic] = [pairOf(machine, softmax), pairOf(machine, logSoftmax)];
  return {
    softmax: plain.forward,
    softmaxBackward: plain.backward,
    logSoftmax: logarithmic.forward,
    logSoftmaxBackward: logarithmic.backward,
  };
}
