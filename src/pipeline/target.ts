import { ArgumentError, DataError } from "../errors";
import type { JsonField } from "../formats/jsonField";
import { show } from "../options";
import type { Column } from "../table/columns/column";
import { quantities, type ScaleRule, scaling, squeezed } from "./steps/numbers";
import { expm1 } from "../numeric/elementary";
import { MOST_WORDS } from "./steps/words";
import { type StepDescription, wordsOf } from "./steps/step";

/** What is predicted for one target of one row. */
export interface TargetAnswer {
  /** The number in the units of the table, or the word. */
  readonly value: number | string | boolean;
  /** What is counted, where the table says it. */
  readonly unit?: string;
  /** How probable the word is. */
  readonly probability?: number;
  /** How probable each word is, the most probable first. */
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** What is learnt: turns a column into what a model is trained on, and its outputs into answers. */
export interface Target {
  /** The column's name. */
  readonly column: string;
  /** Whether words are learnt, and how many; undefined for quantities. */
  readonly classes: readonly string[] | undefined;
  /** @internal What the model learns: [rows, 1] numbers, or the places of words. */
  values(column: Column): Float32Array;
  /** @internal The answer to what the model says of a row. */
  answer(outputs: Float32Array): TargetAnswer;
  /** @internal What files keep. */
  describe(): StepDescription;
}

/** A quantity, learnt as (squeezed(y) − center) / scale. */
export class QuantityTarget implements Target {
  readonly classes = undefined;

  constructor(
    readonly column: string,
    private readonly unit: string | undefined,
    private readonly isLog: boolean,
    private readonly center: number,
    private readonly scale: number,
  ) {}

  values(column: Column): Float32Array {
    return Float32Array.from(quantities(column), (y) => ((this.isLog ? squeezed(y) : y) - this.center) / this.scale);
  }

  answer([output]: Float32Array): TargetAnswer {
    const scaled = output * this.scale + this.center;
    const value = this.isLog ? Math.sign(scaled) * expm1(Math.abs(scaled)) : scaled;
    return this.unit === undefined ? { value } : { value, unit: this.unit };
  }

  describe(): StepDescription {
    const { column, unit, isLog: log, center, scale } = this;
    return { kind: "quantity", column, ...(unit === undefined ? {} : { unit }), log, center, scale };
  }
}

/** One of some words. */
export class ClassTarget implements Target {
  constructor(
    readonly column: string,
    readonly classes: readonly string[],
    /** What the words stand for where they are none: truth values, or numbers. */
    private readonly type: "category" | "boolean" | "number",
  ) {}

  values(column: Column): Float32Array {
    const places = new Map(this.classes.map((word, place) => [word, place]));
    return Float32Array.from({ length: column.length }, (_, row) => {
      const place = places.get(String(column.at(row)));
      if (place !== undefined) return place;
      throw new DataError(
        `row ${row + 1}, target ${show(this.column)}: ${show(column.at(row))} was not among the classes of training, ${this.classes.slice(0, 10).map(show).join(", ")}.`,
      );
    });
  }

  answer(outputs: Float32Array): TargetAnswer {
    const order = [...this.classes.keys()].sort((a, b) => outputs[b] - outputs[a] || a - b);
    const best = this.classes[order[0]];
    const value = this.type === "boolean" ? best === "true" : this.type === "number" ? Number(best) : best;
    const probabilities = Object.fromEntries(order.map((place) => [this.classes[place], outputs[place]]));
    return { value, probability: outputs[order[0]], probabilities };
  }

  describe(): StepDescription {
    const { column, classes, type } = this;
    return { kind: "class", column, classes, type };
  }
}

/** What is set of a target. */
export interface TargetRules {
  /** Whether a column of numbers holds classes or a quantity. Undefined: classes when they are 0 and 1 only. */
  readonly task: "classification" | "regression" | undefined;
  readonly log: boolean;
  readonly scale: ScaleRule;
}

/**
 * Learns a target from a column without gaps.
 *
 * @throws ArgumentError for a type that cannot be learnt, DataError when there is one class only
 */
export function learnTarget(who: string, column: Column, { task, log, scale }: TargetRules): Target {
  const { name, type } = column;
  if (type === "text" || type === "identifier" || type === "date") {
    throw new ArgumentError(
      `${who}: the target ${show(name)} is a column of type ${type}, which cannot be learnt. ` +
        `Read it with columns: { ${JSON.stringify(name)}: "category" } or "number".`,
    );
  }
  const isBinary = type === "number" && column.values.every((value) => value === 0 || value === 1);
  const asClasses =
    type === "number" ? task === "classification" || (task === undefined && isBinary) : task !== "regression";
  if (!asClasses) {
    if (type === "category")
      throw new ArgumentError(`${who}: the target ${show(name)} holds words: task: "regression" needs numbers.`);
    const values = quantities(column)
      .map(log ? squeezed : (value) => value)
      .sort();
    return new QuantityTarget(name, type === "number" ? column.unit : undefined, log, ...centerAndScale(values, scale));
  }
  const classes = classesOf(column);
  if (classes.length < 2)
    throw new DataError(
      `${who}: the target ${show(name)} is ${show(classes[0])} in every row: there is nothing to learn.`,
    );
  return new ClassTarget(name, classes, type);
}

function centerAndScale(sorted: Float64Array, rule: ScaleRule): [number, number] {
  const { center, scale } = scaling(sorted, rule);
  return [center, scale];
}

/** The classes that occur: words in the order of their codes, numbers by size, false before true. */
function classesOf(column: Column): string[] {
  const seen = new Set<string>();
  for (let row = 0; row < column.length; row++) seen.add(String(column.at(row)));
  if (column.type === "category") return column.words.filter((word) => seen.has(word));
  return [...seen].sort(column.type === "number" ? (a, b) => Number(a) - Number(b) : undefined);
}

/** @throws FormatError */
export function readTarget(field: JsonField): Target {
  if (field.record().kind === "quantity") {
    const { column, unit, log, center, scale } = field.members(["kind", "column", "log", "center", "scale"], ["unit"]);
    if (!(scale.number() > 0)) throw scale.error("must be above 0.");
    return new QuantityTarget(column.string(), unit?.string(), log.boolean(), center.number(), scale.number());
  }
  const { kind, column, classes, type } = field.members(["kind", "column", "classes", "type"]);
  if (kind.string() !== "class") throw kind.error("must be quantity or class.");
  const of = type.string();
  if (of !== "category" && of !== "boolean" && of !== "number")
    throw type.error("must be category, boolean or number.");
  const words = wordsOf(classes, MOST_WORDS);
  if (words.length < 2) throw classes.error("must be two or more.");
  return new ClassTarget(column.string(), words, of);
}
