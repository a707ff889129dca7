// Mistakes in cross-validation and search, in reports and on the command line.
const crossed = "tests/validation/crossValidate.test.ts";
const searched = "tests/validation/search.test.ts";
const halved = "tests/validation/halving.test.ts";
const spaces = "tests/validation/space.test.ts";
const figures = "tests/report/figures.test.ts";
const reports = "tests/report/report.test.ts";
const judged = "tests/cli/judge.test.ts";
const given = "tests/cli/arguments.test.ts";
const commands = "tests/cli/commands.test.ts";

export const studies = [
  {
    name: "validation: what early stopping looks at is learnt, too",
    edits: [
      ["src/validation/folds.ts", "return { train: rowsOf(parts.train), validation", "return { train, validation"],
    ],
    tests: [crossed],
  },
  {
    name: "validation: rows of inner parts are numbered by their places",
    edits: [["src/validation/folds.ts", "places.map((place) => train[place])", "places.map((place) => place)"]],
    tests: [crossed],
  },
  {
    name: "validation: a row may be learnt and tested",
    edits: [["src/validation/folds.ts", "if (both !== undefined) {", "if (both === -1) {"]],
    tests: [crossed],
  },
  {
    name: "validation: halving rounds up",
    edits: [
      [
        "src/validation/halving.ts",
        "counts.push(Math.floor(counts.at(-1)! / factor))",
        "counts.push(Math.ceil(counts.at(-1)! / factor))",
      ],
    ],
    tests: [halved],
  },
  {
    name: "validation: the first round has the epochs of the second",
    edits: [["src/validation/halving.ts", "factor ** (last - round)", "factor ** Math.max(0, last - round - 1)"]],
    tests: [halved],
  },
  {
    name: "validation: the worse is the better",
    edits: [
      ["src/validation/halving.ts", '(better === "min" ? a.score - b.score', '(better === "max" ? a.score - b.score'],
    ],
    tests: [halved, searched],
  },
  {
    name: "validation: what has failed goes on",
    edits: [["src/validation/halving.ts", ".filter(({ score }) => score !== null)\n    .toSorted", ".toSorted"]],
    tests: [halved],
  },
  {
    name: "validation: a fold is tested with the rows that it has learnt",
    edits: [
      [
        "src/validation/trainFold.ts",
        "measure(settings, model, examples.take(rows.test)",
        "measure(settings, model, examples.take(rows.train)",
      ],
    ],
    tests: [crossed],
  },
  {
    name: "validation: makeModel sees the rows of the test",
    edits: [
      [
        "src/validation/trainFold.ts",
        "const train = examples.take(rows.train);",
        "const train = examples.take([...rows.train, ...rows.test]);",
      ],
    ],
    tests: [crossed],
  },
  {
    name: "validation: weights of the best epoch are not gone back to",
    edits: [
      [
        "src/validation/trainFold.ts",
        "earlyStopping({ ...options, restoreBestWeights: true })",
        "earlyStopping({ ...options, restoreBestWeights: false })",
      ],
    ],
    tests: [crossed],
  },
  {
    name: "validation: the best epoch is counted from 0",
    edits: [["src/validation/trainFold.ts", "  return at + 1;", "  return at;"]],
    tests: [crossed],
  },
  {
    name: "validation: a step too few in a range",
    edits: [
      ["src/validation/space.ts", "Math.floor((max - min) / step + 1e-9) + 1", "Math.floor((max - min) / step + 1e-9)"],
    ],
    tests: [spaces],
  },
  {
    name: "validation: logarithmic ranges are linear",
    edits: [["src/validation/space.ts", '["linear", "log"]) === "log"', '["linear", "log"]) !== "linear" && false']],
    tests: [spaces],
  },
  {
    name: "validation: the largest whole number is never drawn",
    edits: [["src/validation/space.ts", "Math.floor(place * (max - min + 1))", "Math.floor(place * (max - min))"]],
    tests: [spaces],
  },
  {
    name: "validation: combinations come twice",
    edits: [["src/validation/space.ts", "if (!seen.has(text)) {", 'if (text !== "") {']],
    tests: [spaces],
  },
  {
    name: "validation: trials draw the same values",
    edits: [["src/validation/space.ts", "deriveKey(seed, VALUES, draw, i)", "deriveKey(seed, VALUES, draw, 0)"]],
    tests: [spaces, searched],
  },
  {
    name: "report: AUC counts ties as hits",
    edits: [
      [
        "src/report/ranking.ts",
        "pairs += moreAlarms * (hits + moreHits / 2);",
        "pairs += moreAlarms * (hits + moreHits);",
      ],
    ],
    tests: [figures],
  },
  {
    name: "report: average precision takes the precision before",
    edits: [
      [
        "src/report/ranking.ts",
        "const precision = hits / (hits + alarms);",
        "const precision = (hits - moreHits) / (hits + alarms);",
      ],
    ],
    tests: [figures],
  },
  {
    name: "report: precision and recall change places",
    edits: [["src/report/classScores.ts", "recall: share(row[k], support),", "recall: share(row[k], predicted[k]),"]],
    tests: [figures],
  },
  {
    name: "report: confusion is turned around",
    edits: [["src/report/classScores.ts", "counts[truth[row]][guess[row]]++;", "counts[guess[row]][truth[row]]++;"]],
    tests: [figures],
  },
  {
    name: "report: the interval is that of the normal distribution",
    edits: [["src/report/classScores.ts", "const middle = share + square / 2;", "const middle = share;"]],
    tests: [figures],
  },
  {
    name: "report: Brier's score counts both of two classes",
    edits: [["src/report/classScores.ts", "let k = count === 2 ? 1 : 0;", "let k = 0;"]],
    tests: [figures],
  },
  {
    name: "report: deciles of calibration cut equal chances",
    edits: [
      [
        "src/report/classScores.ts",
        "chances[order[to]] === chances[order[to - 1]]) to++;",
        "chances[order[to]] > 2) to++;",
      ],
    ],
    tests: [figures],
  },
  {
    name: "report: residuals have the wrong sign",
    edits: [
      [
        "src/report/quantityScores.ts",
        "truth.map((y, row) => y - guess[row]).sort()",
        "truth.map((y, row) => guess[row] - y).sort()",
      ],
    ],
    tests: [figures],
  },
  {
    name: "report: R² of the absolute errors",
    edits: [["src/report/quantityScores.ts", "1 - square / spread", "1 - absolute / spread"]],
    tests: [figures],
  },
  {
    name: "report: the margin of errors has n instead of n − 1",
    edits: [["src/report/quantityScores.ts", "** 2 / (count - 1);", "** 2 / count;"]],
    tests: [figures],
  },
  {
    name: "report: the trivial model knows the test",
    edits: [["src/report/baselines.ts", "const { values } = learnt as typeof truth;", "const { values } = truth;"]],
    tests: [figures, reports],
  },
  {
    name: "report: the trivial model says the rarest class",
    edits: [["src/report/baselines.ts", "Math.max(a, b)))", "Math.min(a, b)))"]],
    tests: [figures, reports],
  },
  {
    name: "report: the last value is that of the row itself",
    edits: [["src/report/baselines.ts", "earlier = i - 1;", "earlier = i;"]],
    tests: [figures, reports],
  },
  {
    name: "report: importance is how much better a model gets",
    edits: [["src/report/importance.ts", "measured(outcome) - baseline)", "baseline - measured(outcome))"]],
    tests: [figures, reports],
  },
  {
    name: "report: ticks of 4",
    edits: [["src/report/ticks.ts", "[1, 2, 5, 10].find", "[1, 2, 4, 10].find"]],
    tests: [figures],
  },
  {
    name: "cli: the trivial guess is made from the rows of the test",
    edits: [["src/cli/judge.ts", "[...counted(wordsOf(known, target))]", "[...counted(wordsOf(rows, target))]"]],
    tests: [judged],
  },
  {
    name: "cli: the mean of the test is guessed",
    edits: [["src/cli/judge.ts", "const trivial = mean(numbers(known));", "const trivial = mean(numbers(rows));"]],
    tests: [judged],
  },
  {
    name: "cli: the rarest class is the trivial one",
    edits: [["src/cli/judge.ts", "[, b]) => b - a);", "[, b]) => a - b);"]],
    tests: [judged],
  },
  {
    name: "cli: the root is not taken",
    edits: [["src/cli/judge.ts", "rootMeanSquaredError: Math.sqrt(squared),", "rootMeanSquaredError: squared,"]],
    tests: [judged],
  },
  {
    name: "cli: shares may be 1",
    edits: [["src/cli/arguments.ts", "number >= min && number < below", "number >= min && number <= below"]],
    tests: [given],
  },
  {
    name: "cli: whole numbers take exponents",
    edits: [
      ["src/cli/arguments.ts", "/^\\d+$/.test(text) ? Number(text)", "/^\\d+(e\\d+)?$/.test(text) ? Number(text)"],
    ],
    tests: [given],
  },
  {
    name: "cli: a forgotten value is the next option",
    edits: [
      ["src/cli/arguments.ts", "|| (!inlineValue && /^--?[a-z]/i.test(value));", '|| (!inlineValue && value === "");'],
    ],
    tests: [given],
  },
  {
    name: "cli: the last of two values counts",
    edits: [
      [
        "src/cli/arguments.ts",
        "flag.value !== undefined && !flag.isList)\n      throw",
        "flag.value !== undefined && flag.isList === true && !value)\n      throw",
      ],
    ],
    tests: [given],
  },
  {
    name: "cli: commas within names cut them",
    edits: [["src/cli/arguments.ts", "value.split(/(?<!\\\\),/)", "value.split(/,/)"]],
    tests: [given],
  },
  {
    name: "cli: sizes of 1000 bytes are bytes",
    edits: [["src/cli/numbers.ts", "if (bytes < 1000)", "if (bytes <= 1000)"]],
    tests: [judged, given, commands],
  },
  {
    name: "cli: small tables are not cut into folds",
    edits: [["src/cli/train/plan.ts", "const isSmall = rowCount < FEW_ROWS;", "const isSmall = rowCount > FEW_ROWS;"]],
    tests: [judged, commands],
  },
  {
    name: "cli: rare classes are put aside",
    edits: [["src/cli/train/putAside.ts", "rows >= ROWS_FOR_ALL_PARTS).length > 1", "rows >= 1).length > 1"]],
    tests: [judged, commands],
  },
];
