import { ArgumentError, DataError, ShapeError } from "../errors";
import type { JsonField } from "../formats/jsonField";
import { show } from "../options";
import { isA } from "../platform/realm";
import { readRowsAtOnce, readTable } from "../table/read";
import { checkSchema } from "../table/checkSchema";
import { ownRows } from "../table/ownRows";
import type { Column } from "../table/columns/column";
import type { TableSchema } from "../table/schema";
import type { Table } from "../table/table";
import { type OpenShape, showShape } from "../tensor/shape";
import type { TensorsLike } from "../data/item";
import { Tensor } from "../tensor/tensor";
import { type EmbeddingStep, readEmbeddingStep } from "./steps/embedding";
import { readNumberStep } from "./steps/numbers";
import type { Step } from "./steps/step";
import { readTextStep } from "./steps/texts";
import { readHashStep, readOneHotStep, readWordNumberStep } from "./steps/words";
import { readTarget, type Target, type TargetAnswer } from "./target";

/** Values of a row by the names of columns. */
export type RawRow = Readonly<Record<string, unknown>>;

/** Rows as they come: a table, objects, or one object. */
export type RawRows = Table | readonly RawRow[] | RawRow;

/** What is predicted for a row: an answer for each target, by its name. */
export type Answer = Readonly<Record<string, TargetAnswer>>;

/** What `predict` gives for something: answers for rows, else a `Result`. */
export type ResultFor<X, Result> = X extends TensorsLike ? Result : X extends Iterable<unknown> ? Answer[] : Answer;

/** A column of words for each of which a layer learns some numbers. */
export interface EmbeddedColumn {
  /** The column's name. */
  readonly column: string;
  /** How many ids there are: 0 for a gap, 1 for words that training did not have, then the words. */
  readonly size: number;
}

/** What a model is trained on: a tensor, or of several inputs or targets an array of them. */
export interface PipelineTensors {
  /** float32 `[rows, width]`, then int32 `[rows, 1]` for each column that is embedded. */
  readonly x: Tensor | Tensor[];
  /** float32 `[rows, 1]` for each target: quantities scaled, classes by their places. */
  readonly y: Tensor | Tensor[];
}

const READERS = {
  number: readNumberStep,
  oneHot: readOneHotStep,
  ordinal: readWordNumberStep,
  targetMean: readWordNumberStep,
  hash: readHashStep,
  text: readTextStep,
} as const;

/** Columns of a file, at most. */
const MOST_COLUMNS = 2 ** 20;

/** How raw rows become numbers, and outputs of a model answers. It has learnt that from one table, and knows columns by name. */
export class Pipeline {
  /** What each number of the first input is called. */
  readonly names: readonly string[];

  /** What is embedded: the other inputs of a model, in this order. */
  readonly embeddings: readonly EmbeddedColumn[];
  readonly #steps: readonly Step[];
  readonly #embeddings: readonly EmbeddingStep[];

  /** @internal */
  constructor(
    /** How rows are read: give it to `data.table` to read a file in the same way. */
    readonly schema: TableSchema,
    steps: readonly Step[],
    embeddings: readonly EmbeddingStep[],
    /** What is learnt: the outputs of a model, in this order. */
    readonly targets: readonly Target[],
    /** What was left out, and why. */
    readonly notes: readonly string[] = [],
  ) {
    this.names = steps.flatMap(({ names }) => names);
    this.embeddings = embeddings;
    this.#steps = steps;
    this.#embeddings = embeddings;
  }

  /** The names of the columns that are learnt from. */
  get features(): readonly string[] {
    return this.schema.columns.filter(({ role }) => role === "feature").map(({ name }) => name);
  }

  /**
   * The numbers of rows and of their targets, to train on or to evaluate with.
   *
   * @throws DataError where a column or a target is missing
   */
  async apply(rows: RawRows): Promise<PipelineTensors> {
    const table = await this.#read(rows);
    const y = this.targets.map((target) => {
      const column = columnOf(table, target.column, "target");
      for (let row = 0; row < column.length; row++) {
        if (column.isGap(row))
          throw new DataError(`pipeline: row ${row + 1} has no value for the target ${show(target.column)}.`);
      }
      return new Tensor(target.values(column), [table.rowCount, 1]);
    });
    return { x: this.#inputs(table), y: y.length === 1 ? y[0] : y };
  }

  /**
   * The numbers of rows alone, to predict from. Targets need not be there.
   *
   * @throws DataError where a column is missing
   */
  async inputs(rows: RawRows): Promise<Tensor | Tensor[]> {
    return this.#inputs(await this.#read(rows));
  }

  /** What outputs of a model mean, for each row. */
  answers(outputs: Tensor | readonly Tensor[]): Answer[] {
    const all: readonly Tensor[] = Array.isArray(outputs) ? outputs : [outputs as Tensor];
    if (all.length !== this.targets.length) {
      throw new ArgumentError(`pipeline: ${this.targets.length} targets, but ${all.length} outputs.`);
    }
    const [rows] = all[0].shape;
    return Array.from({ length: rows }, (_, row) =>
      Object.fromEntries(
        this.targets.map((target, i) => {
          const width = all[i].data.length / rows;
          return [target.column, target.answer(all[i].data.subarray(row * width, (row + 1) * width) as Float32Array)];
        }),
      ),
    );
  }

  /** @internal Whether `predict` is given rows instead of numbers. */
  takes(given: unknown): given is RawRows {
    return isTable(given) || isRow(Array.isArray(given) ? given[0] : given);
  }

  /** @internal Answers to rows by a model. */
  async answer(rows: RawRows, predict: (x: Tensor | Tensor[]) => Promise<Tensor | readonly Tensor[]>) {
    const answers = this.answers(await predict(await this.inputs(rows)));
    return Array.isArray(rows) || isTable(rows) ? answers : answers[0];
  }

  /** @internal The same at once. */
  answerAtOnce(rows: RawRows, predict: (x: Tensor | Tensor[]) => Tensor | readonly Tensor[]) {
    const table = isTable(rows) ? rows : readRowsAtOnce(rowList(rows), this.schema);
    const answers = this.answers(predict(this.#inputs(table)));
    return Array.isArray(rows) || isTable(rows) ? answers : answers[0];
  }

  /**
   * @internal Refuses a model of other inputs or outputs.
   *
   * @throws ShapeError
   */
  checkModel(who: string, inputs: readonly { shape: OpenShape }[], outputs: readonly { shape: OpenShape }[]): void {
    const wanted = [
      ["inputs", inputs, [...(this.names.length > 0 ? [[this.names.length]] : []), ...this.embeddings.map(() => [1])]],
      ["outputs", outputs, this.targets.map(({ classes }) => [classes?.length ?? 1])],
    ] as const;
    for (const [what, ports, shapes] of wanted) {
      const fit = ports.length === shapes.length && ports.every(({ shape }, i) => String(shape) === String(shapes[i]));
      if (fit) continue;
      const list = (all: readonly OpenShape[]) => all.map((shape) => showShape(shape)).join(", ");
      throw new ShapeError(
        `${who}: pipeline is for ${what} ${list(shapes)}, the model has ${list(ports.map(({ shape }) => shape))}.`,
      );
    }
  }

  /** What files keep: plain JSON. */
  toJSON(): object {
    const { schema, targets } = this;
    const described = (all: readonly { describe(): object }[]) => all.map((one) => one.describe());
    return {
      version: 1,
      schema,
      steps: described(this.#steps),
      embeddings: described(this.#embeddings),
      targets: described(targets),
    };
  }

  async #read(rows: RawRows): Promise<Table> {
    if (isTable(rows)) return rows;
    return readTable(ownRows(rowList(rows)) as never, { schema: this.schema });
  }

  #inputs(table: Table): Tensor | Tensor[] {
    const { rowCount } = table;
    const stride = this.names.length;
    const values = new Float32Array(rowCount * stride);
    let offset = 0;
    for (const step of this.#steps) {
      step.write(this.#columnOf(table, step.column), { values, stride, offset });
      offset += step.names.length;
    }
    const ids = this.#embeddings.map((step) => new Tensor(step.ids(this.#columnOf(table, step.column)), [rowCount, 1]));
    const inputs: Tensor[] = [...(stride > 0 ? [new Tensor(values, [rowCount, stride])] : []), ...ids];
    return inputs.length === 1 ? inputs[0] : inputs;
  }

  /** A column of the type that was learnt from. */
  #columnOf(table: Table, name: string): Column {
    const column = columnOf(table, name, "feature");
    const { type } = this.schema.columns.find((known) => known.name === name)!;
    if (column.type === type) return column;
    throw new DataError(
      `pipeline: column ${show(name)} holds values of type ${column.type}, training had ${type}. ` +
        "Read the table with data.table(…, { schema: pipeline.schema }).",
    );
  }
}

function columnOf(table: Table, name: string, role: string): Column {
  if (table.has(name)) return table.column(name);
  throw new DataError(
    `pipeline: the ${role} ${show(name)} is missing, the table has ${table.columnNames.slice(0, 20).map(show).join(", ")}.`,
  );
}

/** @throws ArgumentError when there are none */
function rowList(rows: readonly RawRow[] | RawRow): readonly RawRow[] {
  const all = Array.isArray(rows) ? (rows as readonly RawRow[]) : [rows as RawRow];
  if (all.length === 0) throw new ArgumentError("pipeline: there are no rows.");
  return all;
}

const isTable = (given: unknown): given is Table =>
  typeof given === "object" && given !== null && "rowCount" in given && typeof (given as Table).column === "function";

/** An object of values by name. Tensors and arrays are none. */
function isRow(given: unknown): boolean {
  if (typeof given !== "object" || given === null || Array.isArray(given) || ArrayBuffer.isView(given)) return false;
  const { data, shape } = given as { data?: unknown; shape?: unknown };
  return !(ArrayBuffer.isView(data) && Array.isArray(shape)) && !isA("ArrayBuffer", given);
}

/**
 * A pipeline that a file describes.
 *
 * @throws FormatError when it is none
 */
export function readPipeline(field: JsonField): Pipeline {
  const { version, schema, steps, embeddings, targets } = field.members([
    "version",
    "schema",
    "steps",
    "embeddings",
    "targets",
  ]);
  if (version.integer(2 ** 31) !== 1) throw version.error("is of another version of wasmgrad.");
  const known = schemaOf(schema);
  const learnt = {
    steps: steps.elements(MOST_COLUMNS).map(readStep),
    embeddings: embeddings.elements(MOST_COLUMNS).map(readEmbeddingStep),
    targets: targets.elements(MOST_COLUMNS).map(readTarget),
  };
  checkColumns(known, learnt, field);
  return new Pipeline(known, learnt.steps, learnt.embeddings, learnt.targets);
}

function readStep(field: JsonField): Step {
  const { kind } = field.record();
  if (typeof kind !== "string" || !Object.hasOwn(READERS, kind))
    throw field.error(`must be of a known kind, got ${show(kind)}.`);
  return READERS[kind as keyof typeof READERS](field);
}

function schemaOf(field: JsonField): TableSchema {
  try {
    return checkSchema("pipeline", field.value);
  } catch (error) {
    throw field.error(`is no schema of a table: ${(error as Error).message}`);
  }
}

/** The types of columns that steps of each kind can be made of. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  number: ["number", "boolean", "date"],
  text: ["text"],
  quantity: ["number", "boolean"],
  class: ["category", "boolean", "number"],
};

/** What a file says of columns. */
interface LearntColumns {
  readonly steps: readonly Step[];
  readonly embeddings: readonly EmbeddingStep[];
  readonly targets: readonly Target[];
}

/** A file may say anything: every column that is asked for must be there, of a type that can be given. */
function checkColumns({ columns }: TableSchema, { steps, embeddings, targets }: LearntColumns, field: JsonField): void {
  const types = new Map(columns.map(({ name, type, role }) => [name, { type, role }]));
  const all = { feature: [...steps, ...embeddings], target: targets };
  for (const [role, parts] of Object.entries(all)) {
    for (const { column, kind } of parts.map((part) => part.describe())) {
      const known = types.get(column);
      const fits = known?.role === role && (TYPES[kind] ?? ["category"]).includes(known.type);
      if (!fits) throw field.error(`has no ${role} ${show(column)} that ${kind} can be made of.`);
    }
  }
  if (targets.length === 0) throw field.error("has no target.");
}
