import type {
  ClassReport,
  Importance,
  PredictorName,
  QuantityReport,
  RawValue,
  ReportData,
  Thinned,
} from "./reportData";

/** No break, and narrow: between groups of digits, and before a unit. */
const THIN = "\u202f";

/** A number with three significant digits. */
export function number(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return scientific(value);
  const rounded = Number(value.toPrecision(3));
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))));
  return grouped(rounded.toFixed(decimals));
}

/** A score whose best is 1: what is less than a thousandth is nothing. */
export const ratio = (value: number | null): string => number(value !== null && Math.abs(value) < 5e-4 ? 0 : value);

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function scientific(value: number, decimals = 2): string {
  const [lead, power] = value.toExponential(decimals).split("e");
  const raised = [...power.replace("+", "")].map((one) => (one === "-" ? "⁻" : SUPERSCRIPTS[Number(one)]));
  return `${minus(lead)}${THIN}×${THIN}10${raised.join("")}`;
}

/** An axis' number: as many digits as it has. */
export function tickLabel(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return scientific(value, ownDigits(value));
  if (size >= 1e6) return `${tickLabel(Number((value / 1e6).toPrecision(6)))}${THIN}M`;
  return grouped(String(value));
}

/** Digits behind the first one that are not rounding. */
const ownDigits = (value: number): number =>
  Number(value.toPrecision(6))
    .toExponential()
    .split("e")[0]
    .replace(/^-?\d\.?/, "").length;

/** A count, with all its digits. */
export const count = (value: number): string => grouped(String(value));

/** "1 row", "2 rows". */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** A share in percent, with three significant digits. */
export function percent(share: number | null): string {
  return share === null ? "–" : `${share === 1 ? "100" : number(100 * share)}${THIN}%`;
}

/** From where to where a share lies, in percent. */
export const percentRange = ([low, high]: readonly [number, number]): string =>
  `${number(100 * low)} to ${percent(high)}`;

/** A quantity with its unit. */
export function withUnit(value: number | null, unit: string | undefined): string {
  return unit === undefined || value === null ? number(value) : `${number(value)}${THIN}${clean(unit, 12)}`;
}

const minus = (text: string) => text.replace("-", "−");

function grouped(text: string): string {
  const [whole, decimals] = minus(text).split(".");
  const parts = whole.replace("−", "").length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  return decimals === undefined ? parts : `${parts}.${decimals}`;
}

/** Of names that somebody else has chosen, at most. */
export const NAME_CHARACTERS = 60;

/**
 * A name of any kind as a short one in one line: without control characters and without those that turn the direction of what
 * stands around it.
 */
export function clean(name: string, most = NAME_CHARACTERS): string {
  const plain = name
    .slice(0, 4 * NAME_CHARACTERS)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ")
    .replace(/[\u200b-\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff]/g, "")
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .trim();
  const characters = [...(plain || (name === "" ? "(empty)" : "(blank)"))];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : characters.join("");
}

/** A name whose middle is left out: of many names that begin alike the ends tell them apart. */
export function shortened(name: string, most: number): string {
  const characters = [...clean(name)];
  if (characters.length <= most) return characters.join("");
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join("")}…${characters.slice(-end).join("")}`;
}

/** A value of a row. */
export function cell(value: RawValue): string {
  if (value === null) return "";
  if (typeof value === "number") return count(Number(value.toPrecision(6)));
  if (typeof value === "boolean") return String(value);
  return clean(value.replace(/T00:00:00\.000Z$/, ""), 40);
}

const PREDICTORS: Readonly<Record<PredictorName, string>> = {
  model: "This model",
  majority: "Most frequent class",
  mean: "Mean",
  lastValue: "Last value",
  linear: "Linear model",
};

/** What a predictor is called. */
export const predictor = (name: PredictorName): string => PREDICTORS[name];

const MEASURES: Readonly<Record<Importance["measure"], string>> = {
  logLoss: "log loss",
  errorRate: "error rate",
  rmse: "RMSE",
};

/** What a measure is called. */
export const measure = (name: Importance["measure"]): string => MEASURES[name];

/** How well the model does, in a sentence. */
export function verdict(report: ClassReport | QuantityReport): string {
  if (report.kind === "classes") {
    const [model, ...others] = report.scores;
    const right = `${count(report.rows - report.wrong)} of ${counted(report.rows, "row")} are right, ${percent(model.accuracy)}`;
    const said = others.map((other) => `${predictor(other.name).toLowerCase()} ${percent(other.accuracy)}`);
    return `${right} (with so many rows, ${percentRange(model.interval)}); ${said.join(", ")}.`;
  }
  const { unit, scores } = report;
  const [model, ...others] = scores;
  const margin = model.maeMargin === null ? "" : ` (± ${withUnit(model.maeMargin, unit)})`;
  const off = `Predictions are off by ${withUnit(model.mae, unit)} on average${margin}`;
  const said = others.map((other) => `${predictor(other.name).toLowerCase()} ${withUnit(other.mae, unit)}`);
  return `${off}; ${said.join(", ")}.`;
}

/** " 2 000 of 11 048 points are drawn.", where some are not. */
export function thinning({ points, of }: Thinned): string {
  return points.length < of ? `${count(points.length)} of ${count(of)} points are drawn.` : "";
}

/** What was looked at. */
export function subject({ rows, trainRows, model }: ReportData): string {
  const learnt = trainRows === null ? "" : ` Trained on ${count(trainRows)}.`;
  return `${counted(rows, "row")} of test, ${counted(model.features.length, "column")} to predict from.${learnt}`;
}
