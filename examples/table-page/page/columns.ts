// What a model says of the columns that it predicts from.
import type { Predictor } from "wasmgrad/inference";

type Pipeline = NonNullable<Predictor["pipeline"]>;

interface Named {
  /** In the header of the table. */
  readonly name: string;
}

/** A number that can be typed, or chosen between two usual ones. */
export interface NumberColumn extends Named {
  readonly kind: "number";
  readonly unit: string | undefined;
  /** What stands for a gap: the median of training. */
  readonly middle: number;
  /** Where nearly all numbers of training lie, as round numbers, and how far apart choices are. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** One of some words. */
export interface ChoiceColumn extends Named {
  readonly kind: "choice";
  readonly words: readonly string[];
}

/** A day, or a day and the time. */
export interface DateColumn extends Named {
  readonly kind: "date";
  readonly hasTime: boolean;
  /** Milliseconds since 1970. */
  readonly middle: number | undefined;
}

/** Any text. */
export interface TextColumn extends Named {
  readonly kind: "text";
}

export type FormColumn = NumberColumn | ChoiceColumn | DateColumn | TextColumn;

/** What the file says of how a column becomes numbers. */
interface Step {
  readonly column: string;
  readonly part?: string;
  readonly fill?: number;
  readonly log?: boolean;
  readonly center?: number;
  readonly scale?: number;
  /** Words that training had. */
  readonly words?: readonly string[];
}

const DAY = 86_400_000;
/** More words cannot be chosen from a list by a person. */
const MOST_WORDS = 500;

/** The columns of a model's rows, in the order of its table. */
export function formColumns(pipeline: Pipeline): FormColumn[] {
  const { steps, embeddings } = pipeline.toJSON() as { steps: readonly Step[]; embeddings: readonly Step[] };
  const features = pipeline.schema.columns.filter(({ role }) => role === "feature");
  return features.map(({ name, type, unit, words = ["false", "true"] }): FormColumn => {
    const own = [...steps, ...embeddings].filter(({ column }) => column === name);
    if (type === "number") return numberColumn(name, unit, own[0]);
    if (type === "date") {
      const days = own.find(({ part }) => part === "time")?.fill;
      const hasTime = own.some(({ part }) => part?.startsWith("day "));
      return { kind: "date", name, hasTime, middle: days === undefined ? undefined : Math.round(days) * DAY };
    }
    if (type !== "category" && type !== "boolean") return { kind: "text", name };
    // A table has the word "other" for those that it does not know: leaving the field empty does the same.
    const isKnown = own[0]?.words?.includes("other") ?? false;
    const known = type === "category" && !isKnown ? words.filter((word) => word !== "other") : words;
    return known.length > MOST_WORDS ? { kind: "text", name } : { kind: "choice", name, words: known };
  });
}

/** What scales a column says where its numbers lie: nearly all within three deviations of their mean. */
function numberColumn(name: string, unit: string | undefined, step: Step | undefined): NumberColumn {
  // A column that was the same in all rows of training is read, and says nothing.
  const { fill = 0, log = false, center = fill, scale = 1 } = step ?? {};
  const plain = (value: number) => (log ? Math.sign(value) * Math.expm1(Math.abs(value)) : value);
  const middle = Number(plain(fill).toPrecision(4));
  const [low, high] = [plain(center - 3 * scale), plain(center + 3 * scale)];
  const distance = 10 ** Math.floor(Math.log10((high - low) / 50));
  const round = (value: number) => Number((distance * Math.round(value / distance)).toPrecision(12));
  // Where half of the numbers are above 0 by much more than others are below, they were amounts.
  const isAmount = log ? middle >= 0 : middle > 0 && low < 0 && low > -middle;
  return {
    kind: "number",
    name,
    unit,
    middle,
    from: isAmount ? Math.max(0, round(low)) : round(low),
    to: Math.max(round(high), middle),
    step: Number(distance.toPrecision(12)),
  };
}
