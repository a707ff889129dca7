/** What a report says, as plain JSON: no NaN and no infinity, null where a number is not defined. */

/** How many of a curve's or a chart's points are kept, and of how many. */
export interface Thinned {
  /** x and y of each point that is kept. */
  readonly points: readonly (readonly [number, number])[];
  /** How many there were. */
  readonly of: number;
}

/** One class of a target, against all others. */
export interface ClassFigures {
  /** The class. */
  readonly name: string;
  /** Rows that are of this class. */
  readonly support: number;
  /** Rows that the model says to be of this class. */
  readonly predicted: number;
  /** The share of the rows said to be of this class that are; null where none is said to be. */
  readonly precision: number | null;
  /** The share of the rows of this class that are found; null where there is none. */
  readonly recall: number | null;
  /** The harmonic mean of precision and recall; null where there is no such row at all. */
  readonly f1: number | null;
  /** The area under the ROC curve, ties counting one half; null where all rows or none are of this class. */
  readonly rocAuc: number | null;
  /** The average precision Σ (Rₙ − Rₙ₋₁) Pₙ over distinct scores; null where no row is of this class. */
  readonly averagePrecision: number | null;
}

/** The curves of one class against all others. */
export interface ClassCurves {
  /** The class. */
  readonly name: string;
  /** False positive rate and true positive rate; null where one is not defined. */
  readonly roc: Thinned | null;
  /** Recall and precision, from the highest score on; null where no row is of this class. */
  readonly precisionRecall: Thinned | null;
}

/** Rows of about the same predicted probability. */
export interface CalibrationBin {
  /** The lowest probability in it. */
  readonly from: number;
  /** The highest probability in it. */
  readonly to: number;
  /** The mean of the probabilities. */
  readonly predicted: number;
  /** The share of its rows where what was predicted holds. */
  readonly observed: number;
  /** How many rows it has. */
  readonly rows: number;
}

/** Whether probabilities are what they say. */
export interface Calibration {
  /** Of two classes the second, whose probability is looked at; of more null: that of the class that is predicted. */
  readonly of: string | null;
  /** Ten parts of as many rows, or fewer: equal probabilities stay together. */
  readonly bins: readonly CalibrationBin[];
  /** The mean distance of predicted and observed, weighed by rows. */
  readonly error: number;
}

/** How much worse the model gets when the values of a raw column change places among the rows. */
export interface ColumnImportance {
  /** The column. */
  readonly column: string;
  /** By how much the measure grows, on average over the repeats. */
  readonly increase: number;
  /** The standard deviation over the repeats. */
  readonly deviation: number;
  /** By how much accuracy falls, of classes. */
  readonly accuracyDrop?: number;
}

/** Permutation importance (Breiman 2001) of raw columns. */
export interface Importance {
  /** What grows: the log loss of classes, their error rate where outputs are no probabilities, the RMSE of quantities. */
  readonly measure: "logLoss" | "errorRate" | "rmse";
  /** It before anything changes places, over the same rows. */
  readonly baseline: number;
  /** Rows that it was measured on. */
  readonly rows: number;
  /** How many times each column's values changed places. */
  readonly repeats: number;
  /** The most important column first. */
  readonly columns: readonly ColumnImportance[];
  /** Columns that were not looked at, because there are too many. */
  readonly omitted: number;
}

/** A value of a raw row: dates are ISO texts. */
export type RawValue = string | number | boolean | null;

/** A row where the model is far off. */
export interface Mistake {
  /** The row of the test table, counted from 1. */
  readonly row: number;
  /** What the table says: the class, or the quantity in its unit. */
  readonly truth: string | number;
  /** What the model says. */
  readonly predicted: string | number;
  /** How probable the model says its answer is; of classes. */
  readonly probability?: number;
  /** How probable the model says the truth is; of classes. */
  readonly probabilityOfTruth?: number;
  /** The columns of the row, by name. */
  readonly values: Readonly<Record<string, RawValue>>;
}

/** What a predictor of classes reaches. */
export interface ClassScores {
  /** "model", "majority", "linear" or "lastValue". */
  readonly name: PredictorName;
  /** The share of rows whose class is right. */
  readonly accuracy: number;
  /** Where the accuracy over other rows of the same kind lies, with a confidence of 95 % (Wilson 1927). */
  readonly interval: readonly [number, number];
  /** The mean precision of the classes that occur; one that is not defined counts as 0. */
  readonly precision: number;
  /** The mean recall of the classes that occur. */
  readonly recall: number;
  /** The mean F1 of the classes that occur; one that is not defined counts as 0. */
  readonly f1: number;
  /** The mean of −log p of the truth; null without probabilities. */
  readonly logLoss: number | null;
  /** Of two classes the mean of (p − y)² for the second, of more its sum over classes; null without probabilities. */
  readonly brier: number | null;
}

/** What a predictor of a quantity reaches, in its unit. */
export interface QuantityScores {
  /** "model", "mean", "linear" or "lastValue". */
  readonly name: PredictorName;
  /** The mean absolute error. */
  readonly mae: number;
  /** 1.96 standard errors of `mae`: so far off it may be for other rows of the same kind. Null for fewer than two rows. */
  readonly maeMargin: number | null;
  /** The root of the mean squared error. */
  readonly rmse: number;
  /** 1 − Σ (y − ŷ)² / Σ (y − ȳ)²; null where all true values are the same. */
  readonly r2: number | null;
}

/** Who predicts: the model, or something simple to compare it with. */
export type PredictorName = "model" | "majority" | "mean" | "lastValue" | "linear";

/** A target of classes. */
export interface ClassReport {
  /** What is predicted: classes. */
  readonly kind: "classes";
  /** The target's column. */
  readonly column: string;
  /** Rows of the test. */
  readonly rows: number;
  /** The model first. */
  readonly scores: readonly ClassScores[];
  /** Figures of each class. */
  readonly classes: readonly ClassFigures[];
  /** How many rows of each class (outer) are said to be of each class (inner), in the order of `classes`. */
  readonly confusion: readonly (readonly number[])[];
  /** Curves of each class, of the 100 most frequent where there are more. */
  readonly curves: readonly ClassCurves[];
  /** Null where outputs are no probabilities. */
  readonly calibration: Calibration | null;
  /** How much each raw column matters. */
  readonly importance: Importance;
  /** The rows with the largest mistakes, the largest first. */
  readonly mistakes: readonly Mistake[];
  /** How many rows are wrong. */
  readonly wrong: number;
}

/** Residuals between two values. */
export interface HistogramBin {
  /** The lowest residual in it. */
  readonly from: number;
  /** The first residual above it. */
  readonly to: number;
  /** How many rows it has. */
  readonly rows: number;
}

/** A target that is a quantity. */
export interface QuantityReport {
  /** What is predicted: a quantity. */
  readonly kind: "quantity";
  /** The target's column. */
  readonly column: string;
  /** What is counted, where the table says it. */
  readonly unit?: string;
  /** Rows of the test. */
  readonly rows: number;
  /** The model first. */
  readonly scores: readonly QuantityScores[];
  /** The mean of true − predicted. */
  readonly bias: number;
  /** True and predicted values. */
  readonly points: Thinned;
  /** True − predicted. */
  readonly histogram: {
    /** Bins of the same width. */
    readonly bins: readonly HistogramBin[];
    /** Rows whose residuals are below the first bin. */
    readonly below: number;
    /** Rows whose residuals are above the last bin. */
    readonly above: number;
  };
  /** How much each raw column matters. */
  readonly importance: Importance;
  /** The rows with the largest mistakes, the largest first. */
  readonly mistakes: readonly Mistake[];
}

/** What the report says of one target. */
export type TargetReport = ClassReport | QuantityReport;

/** A number that was measured in every epoch. */
export interface LearningSeries {
  /** What was measured, as the History names it. */
  readonly name: string;
  /** null where it was not a finite number. */
  readonly values: readonly (number | null)[];
}

/** The mean over folds, and the root of the mean square of differences from it; null where one of them has no number. */
export interface FoldSpread {
  /** The mean over folds. */
  readonly mean: number | null;
  /** The standard deviation over folds, of which there are n. */
  readonly deviation: number | null;
}

/** What folds say of one measure. */
export interface FoldScore extends FoldSpread {
  /** What was measured: a share for accuracy, the unit of the target for errors. */
  readonly name: "accuracy" | "mae" | "rmse" | "r2";
  /** What the trivial model of each fold reaches. */
  readonly guess?: FoldSpread;
}

/** What cross-validation has found, as plain JSON. */
export interface FoldSummary {
  /** How many folds. */
  readonly folds: number;
  /** How they were cut, in words. */
  readonly how?: string;
  /** What they say of each target. */
  readonly targets: readonly {
    /** The target's column. */
    readonly column: string;
    /** Its unit. */
    readonly unit?: string;
    /** What was measured. */
    readonly scores: readonly FoldScore[];
  }[];
}

/** All that a report says. */
export interface ReportData {
  /** Of this form; 1. */
  readonly version: 1;
  /** The report's title. */
  readonly title: string;
  /** The model. */
  readonly model: {
    /** Its name. */
    readonly name: string;
    /** How many layers it has. */
    readonly layers: number;
    /** The raw columns that it learns from. */
    readonly features: readonly string[];
  };
  /** Rows of the test. */
  readonly rows: number;
  /** Rows of the table of training, where it was given. */
  readonly trainRows: number | null;
  /** Where a History was given. */
  readonly learning: {
    /** The epochs, counted from 0. */
    readonly epoch: readonly number[];
    /** What was measured in them. */
    readonly series: readonly LearningSeries[];
  } | null;
  /** Where what cross-validation has found was given. */
  readonly crossValidation?: FoldSummary;
  /** What it says of each target. */
  readonly targets: readonly TargetReport[];
  /** What was left out, cut short or assumed. */
  readonly notes: readonly string[];
}
