import { gatherRows, hasX, type TensorsLike, toTensors } from "../data/item";
import { ArgumentError, ShapeError } from "../errors";
import type { Model, Prediction } from "../model/model";
import { checkOptions, show } from "../options";
import { readRules, type SplitSettings } from "../splits/options";
import { codesFrom0 } from "../splits/rows";
import type { Table } from "../table/table";
import type { Tensor } from "../tensor/tensor";
import { type TensorLike, toOwnTensor } from "../tensor/tensor";
import { mistake } from "./made";

/** Samples as tensors of one length. */
export interface SampleTensors {
  /** Inputs `[samples, …]`. */
  readonly x: TensorsLike;
  /** Targets `[samples, …]`. */
  readonly y: TensorsLike;
  /** How much each sample counts, in training and in what is measured: `[samples]`. */
  readonly sampleWeight?: TensorLike | undefined;
}

/** Samples of some rows, as `makeModel` gets them. */
export interface TrainTensors {
  /** Inputs: a tensor, or of several inputs an array of them. */
  readonly x: Tensor | Tensor[];
  /** Targets: a tensor, or of several outputs an array of them. */
  readonly y: Tensor | Tensor[];
  /** How much each sample counts, where that was given. */
  readonly sampleWeight?: Tensor | undefined;
}

/** What `makeModel` gets of what `crossValidate` or `search` was given. */
export type TrainOf<Data> = Data extends Table ? Table : TrainTensors;

/** A value for each sample, or the name of a column. */
export type RowValues = string | ArrayLike<string | number | boolean | Date>;

/** How rows are told apart; of tensors by a value for each sample. */
export interface RowRules {
  /** Determines the order in which rows are drawn. Default 0. */
  seed?: number | undefined;
  /**
   * What has the same share in all parts: a column or a value for each sample, or false. Default: the target, where it holds words
   * or truth values (of a table), or int32 or uint8 numbers in one column (of tensors), and neither `groups` nor `time` is set.
   */
  stratify?: RowValues | boolean | undefined;
  /** What stays together: a column or a value for each sample. */
  groups?: RowValues | undefined;
  /** What says which rows are later, and so are tested with what was learnt from earlier ones: a column or a value for each sample. */
  time?: RowValues | undefined;
}

/** Rows that can be taken apart. */
export interface Examples {
  readonly count: number;
  /** How they may be taken apart. */
  rules(who: string, rules: RowRules): SplitSettings;
  /** Some of the rows, in the form in which they came. */
  take(rows: readonly number[]): unknown;
  /** What a model learns of rows that were taken. */
  tensors(model: Model<Prediction>, taken: unknown): Promise<TrainTensors>;
}

/** @throws ArgumentError, ShapeError for what is neither a table nor `{ x, y }` */
export function readExamples(who: string, given: unknown): Examples {
  if (isTable(given)) return tableExamples(who, given);
  if (!hasX(given)) {
    throw new ArgumentError(`${who}: expects a table, as data.table gives one, or { x, y }, got ${show(given)}.`);
  }
  return tensorExamples(who, given as SampleTensors);
}

const isTable = (given: unknown): given is Table => typeof (given as Partial<Table> | undefined)?.column === "function";

function tableExamples(who: string, table: Table): Examples {
  if (table.targets.length === 0) {
    throw new ArgumentError(`${who}: the table has no target. Write table.select({ target: "…" }).`);
  }
  return {
    count: table.rowCount,
    rules: (_, rules) => readRules(who, table, rules as never, []),
    take: (rows) => table.take(rows),
    async tensors(model, taken) {
      if (model.pipeline) return model.pipeline.apply(taken as Table);
      throw mistake(
        new ArgumentError(
          `${who}: makeModel must set model.pipeline, as tableModel does: without it the rows of a table are no numbers.`,
        ),
      );
    },
  };
}

function tensorExamples(who: string, given: SampleTensors): Examples {
  checkOptions(who, given, ["x", "y", "sampleWeight"]);
  if (given.y === undefined) throw new ArgumentError(`${who}: targets are missing: { x, y }.`);
  const own = (like: TensorsLike, name: string) => toTensors(like, `${who}: ${name}`, 1, toOwnTensor);
  const [x, y] = [own(given.x, "x"), own(given.y, "y")];
  const weight = given.sampleWeight === undefined ? [] : own(given.sampleWeight, "sampleWeight");
  const [count] = x[0].shape;
  for (const { shape } of [...x, ...y, ...weight]) {
    if (shape[0] !== count) {
      throw new ShapeError(
        `${who}: ${count} samples in x, but ${shape[0]} in ${x.some((one) => one.shape === shape) ? "x" : "y or sampleWeight"}.`,
      );
    }
  }
  return {
    count,
    rules: (_, rules) => tensorRules(who, rules, count, y),
    take(rows) {
      const order = Int32Array.from(rows);
      const side = (all: readonly Tensor[]) => {
        const taken = all.map((tensor) => gatherRows(tensor, order, 0, order.length));
        return taken.length === 1 ? taken[0] : taken;
      };
      return { x: side(x), y: side(y), ...(weight.length > 0 && { sampleWeight: side(weight) }) };
    },
    tensors: async (_, taken) => taken as TrainTensors,
  };
}

/** The rules of tensors: values instead of names of columns. */
function tensorRules(who: string, rules: RowRules, count: number, y: readonly Tensor[]): SplitSettings {
  const { seed = 0, groups, time } = rules;
  if (time !== undefined && (groups !== undefined || rules.stratify)) {
    throw new ArgumentError(
      `${who}: time stands alone: later rows cannot be drawn by ${groups === undefined ? "stratify" : "groups"}, too.`,
    );
  }
  const valuesOf = (option: string, given: unknown): readonly unknown[] => {
    const isList = Array.isArray(given) || ArrayBuffer.isView(given);
    const length = isList ? (given as unknown as ArrayLike<unknown>).length : -1;
    if (length === count) {
      return Array.from(given as ArrayLike<unknown>, (value) => (value instanceof Date ? value.getTime() : value));
    }
    const got = isList ? `${length} values` : show(given);
    throw new ArgumentError(`${who}: ${option} must have a value for each of the ${count} samples, got ${got}.`);
  };
  const [target] = y;
  const hasLabels = y.length === 1 && target.dtype !== "float32" && target.size === count;
  const stratify = rules.stratify ?? (groups === undefined && time === undefined && hasLabels);
  if (stratify === true && !hasLabels) {
    throw new ArgumentError(
      `${who}: stratify: true means the targets, which must be int32 or uint8 numbers in one column. Give a label for each sample.`,
    );
  }
  const classes =
    stratify === true ? Array.from(target.data) : stratify === false ? undefined : valuesOf("stratify", stratify);
  const times = time === undefined ? undefined : Float64Array.from(valuesOf("time", time) as number[]);
  const gap = times?.findIndex(Number.isNaN) ?? -1;
  if (gap >= 0) throw new ArgumentError(`${who}: time: sample ${gap} has no number.`);
  return {
    who,
    seed,
    classes: classes && codesFrom0(classes),
    groups: groups === undefined ? undefined : codesFrom0(valuesOf("groups", groups)),
    times,
  };
}
