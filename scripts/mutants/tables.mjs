// Mistakes in tables, in reading CSV, in pipelines and in splits.
const faults = "tests/table/faults.test.ts";
const streamed = "tests/table/streams.test.ts";
const csv = "tests/data/csv.test.ts";
const pipelines = "tests/pipeline/pipeline.test.ts";
const splits = "tests/splits/splits.test.ts";

export const tables = [
  {
    name: "table: one decimal digit more is said of plain numbers",
    edits: [["src/table/raw/plainNumber.ts", "length - point - 1;", "length - point;"]],
    tests: [faults],
  },
  {
    name: "table: numbers of 17 digits count as exact",
    edits: [["src/table/raw/plainNumber.ts", "const EXACT_DIGITS = 15;", "const EXACT_DIGITS = 17;"]],
    tests: [faults],
  },
  {
    name: "table: 1.234 cannot stand for thousands",
    edits: [["src/table/raw/profile.ts", "kept === 3 && Math.abs(value) >= 1", "kept === 4 && Math.abs(value) >= 1"]],
    tests: [faults],
  },
  {
    name: "table: a number with a unit and one without may stand in one column",
    edits: [["src/table/rules/numbers.ts", "if (row >= 0) {\n    return ask(", "if (row < -1) {\n    return ask("]],
    tests: [faults],
  },
  {
    name: "table: negative amounts in brackets lose their sign",
    edits: [["src/table/rules/amounts.ts", "isNegative: open !== undefined || (mark", "isNegative: (mark"]],
    tests: [faults],
  },
  {
    name: "table: the later decimal mark wins whatever stands before it",
    edits: [["src/table/rules/marks.ts", "  if (point && comma) {", "  if (point && comma && point.row < 0) {"]],
    tests: [faults],
  },
  {
    name: "table: the 30th of February is a day",
    edits: [["src/table/rules/dates.ts", " && date.getUTCDate() === day ?", " ?"]],
    tests: [faults],
  },
  {
    name: "table: noon is midnight",
    edits: [["src/table/rules/dates.ts", "hours = (hours % 12) + (half", "hours = hours + (half"]],
    tests: [faults],
  },
  {
    name: "table: zones count the wrong way",
    edits: [["src/table/rules/dates.ts", 'parts[1] === "-" ? -minutes', 'parts[1] === "+" ? -minutes']],
    tests: [faults],
  },
  {
    name: "table: a column of nearly unique words is a category",
    edits: [["src/table/rules/wordRules.ts", "if (cells < times * distinct)", "if (cells < distinct)"]],
    tests: [faults],
  },
  {
    name: "table: 1 and 1.0 are two categories",
    edits: [["src/table/columns/build.ts", "value === undefined || !isExact(word) ? word : String(value)", "word"]],
    tests: [faults],
  },
  {
    name: "table: unknown words are gaps whatever was set",
    edits: [
      [
        "src/table/columns/build.ts",
        'return unknown === "error" ? UNKNOWN : unknown === "gap"',
        'return unknown === "gap"',
      ],
    ],
    tests: [faults],
  },
  {
    name: "table: a missing number of the whole table is a number",
    edits: [
      [
        "src/table/columns/build.ts",
        "(hasMissingNumbers && numbers.has(value))) values[row]",
        "(hasMissingNumbers && numbers.has(row))) values[row]",
      ],
    ],
    tests: [faults],
  },
  {
    name: "table: words set as missing forget the usual ones",
    edits: [["src/table/rules/missing.ts", "isOnly ? words : [...new Set([...MISSING_WORDS, ...words])]", "words"]],
    tests: [faults],
  },
  {
    name: "table: a later part reads by its own types",
    edits: [["src/table/read.ts", "schema ??= table.schema;", ""]],
    tests: [streamed],
  },
  {
    name: "table: lines within quotes are not counted",
    edits: [["src/table/sources/records.ts", "this.#line += lineEnds(cell);", "this.#line += 0;"]],
    tests: [streamed, faults],
  },
  {
    name: "csv: what float32 cannot hold is read",
    edits: [["src/table/csvTypes.ts", "if (!Number.isFinite(rounded)) {", "if (!Number.isFinite(value)) {"]],
    tests: [csv],
    named: "^csv refuses",
  },
  {
    name: "csv: keys that float64 cannot tell apart are numbers",
    edits: [["src/table/csvTypes.ts", ".map(Number)).size === digits.size;", ".map(Number)).size <= digits.size;"]],
    tests: [csv],
    named: "reads as tables do",
  },
  {
    name: "csv: a column of mixed words and numbers is a category",
    edits: [
      [
        "src/table/csvTypes.ts",
        "const isMixture = profile.numbers.count > 0 &&",
        "const isMixture = profile.numbers.count < 0 &&",
      ],
    ],
    tests: [csv],
    named: "takes what looks like amounts",
  },
  {
    name: "csv: categories given are taken in the order found",
    edits: [
      [
        "src/table/csvTypes.ts",
        "const final = found.words.map((word) => places.get(word) ?? -1);",
        "const final = found.words.map((word, code) => (places.has(word) ? code : -1));",
      ],
    ],
    tests: [csv],
    named: "^csv (?!, fuzzed)",
  },
  {
    name: "csv: postal codes lose their zeros",
    edits: [
      ["src/table/csvTypes.ts", "verdict.reading.asWritten === true;", "verdict.reading.asWritten === undefined;"],
    ],
    tests: [csv],
    named: "reads as tables do",
  },
  {
    name: "csv: rows without a target stay",
    edits: [
      [
        "src/table/csvColumns.ts",
        "(column) => column.isTarget || (this",
        "(column) => (column.isTarget && false) || (this",
      ],
    ],
    tests: [csv],
    named: "missing values",
  },
  {
    name: "csv: dropped rows count as rows",
    edits: [
      [
        "src/table/sources/rowBuilder.ts",
        "if (this.strict?.keeps?.(cells) === false) return;",
        "this.strict?.keeps?.(cells);",
      ],
    ],
    tests: [csv],
    named: "missing values",
  },
  {
    name: "csv: a row of another column is named for a gap",
    edits: [["src/table/csvColumns.ts", ".sort((a, b) => a.row - b.row);", ".sort((a, b) => b.row - a.row);"]],
    tests: [csv],
    named: "missing values",
  },
  {
    name: "csv: a gap is the first category of one-hot columns",
    edits: [
      [
        "src/data/csvTensors.ts",
        "else if (!Number.isNaN(value)) target[at + place + value] = 1;",
        "else target[at + place + (value || 0)] = 1;",
      ],
    ],
    tests: [csv],
    named: "missing values",
  },
  {
    name: "csv: an index without a name is trained on",
    edits: [
      ["src/table/csvColumns.ts", "(gaps === rowCount || countsRows(this.builder.raw, profile))", "gaps === rowCount"],
    ],
    tests: [csv],
    named: "reads as tables do",
  },
  {
    name: "csv: columns beyond the first block stand in its place",
    edits: [["src/data/csvTensors.ts", "place: places[first + i],", "place: places[i],"]],
    tests: [csv],
    named: "csv",
  },
  {
    name: "csv: a footer of prose is left out in silence",
    edits: [["src/table/sources/rowBuilder.ts", "if (!this.strict && !isFirst && isProse", "if (!isFirst && isProse"]],
    tests: [csv],
    named: "reads as tables do",
  },
  {
    name: "pipeline: the median is the mean",
    edits: [
      [
        "src/pipeline/steps/numbers.ts",
        'return rule === "median" ? quantile(sorted, 0.5)',
        'return rule === "median" ? mean(sorted)',
      ],
    ],
    tests: [pipelines],
  },
  {
    name: "pipeline: the most frequent number is the last of equal ones",
    edits: [["src/pipeline/steps/numbers.ts", "if (end - start > most)", "if (end - start >= most)"]],
    tests: [pipelines],
  },
  {
    name: "pipeline: the variance is that of a sample",
    edits: [
      [
        "src/pipeline/steps/numbers.ts",
        "const deviation = Math.sqrt(mean(sorted.map((value) => (value - center) * (value - center))));",
        "const deviation = Math.sqrt((mean(sorted.map((value) => (value - center) * (value - center))) * sorted.length) / (sorted.length - 1));",
      ],
    ],
    tests: [pipelines],
  },
  {
    name: "pipeline: the quartile above is the 70th hundredth",
    edits: [["src/pipeline/steps/numbers.ts", "quantile(sorted, 0.75)", "quantile(sorted, 0.7)"]],
    tests: [pipelines],
  },
  {
    name: "pipeline: quantiles take the number below",
    edits: [
      [
        "src/pipeline/steps/numbers.ts",
        "return sorted[below] + (place - below) * (next - sorted[below]);",
        "return sorted[below] + 0 * (next - sorted[below]);",
      ],
    ],
    tests: [pipelines],
  },
  {
    name: "pipeline: min–max scaling divides by the maximum",
    edits: [
      [
        "src/pipeline/steps/numbers.ts",
        "scale: sorted[sorted.length - 1] - sorted[0] || 1 };",
        "scale: sorted[sorted.length - 1] || 1 };",
      ],
    ],
    tests: [pipelines],
  },
  {
    name: "pipeline: the indicator says where a number is",
    edits: [["src/pipeline/steps/numbers.ts", "values[at + 1] = isGap ? 1 : 0;", "values[at + 1] = isGap ? 0 : 1;"]],
    tests: [pipelines],
  },
  {
    name: "pipeline: what fills a gap is not squeezed where numbers are",
    edits: [
      [
        "src/pipeline/steps/numbers.ts",
        'if (typeof rule === "number") return isLog ? squeezed(rule) : rule;',
        'if (typeof rule === "number") return rule;',
      ],
    ],
    tests: [pipelines],
  },
  {
    name: "pipeline: unknown words are gaps by every policy",
    edits: [
      [
        "src/pipeline/steps/words.ts",
        'if (places[code] >= 0 || this.unknown === "other") return places[code];\n      if (this.unknown === "gap") return GAP;',
        'if (places[code] >= 0) return places[code];\n      if (this.unknown !== "error") return GAP;',
      ],
    ],
    tests: [pipelines],
  },
  {
    name: "pipeline: unknown words are no error",
    edits: [
      [
        "src/pipeline/steps/words.ts",
        'if (this.unknown === "gap") return GAP;',
        'if (this.unknown !== "other") return GAP;',
      ],
    ],
    tests: [pipelines],
  },
  {
    name: "pipeline: gaps of one-hot columns are other words",
    edits: [
      ["src/pipeline/steps/words.ts", "const gap = words.length + (hasOther ? 1 : 0);", "const gap = words.length;"],
    ],
    tests: [pipelines],
  },
  {
    name: "pipeline: target means are not smoothed",
    edits: [
      [
        "src/pipeline/steps/words.ts",
        "overall + sums[code] / (counts[code] + SMOOTHING);",
        "overall + sums[code] / counts[code];",
      ],
    ],
    tests: [pipelines],
  },
  {
    name: "pipeline: rarity of words counts them once less",
    edits: [["src/pipeline/steps/texts.ts", "log((1 + count) / (1 + number)) + 1", "log((1 + count) / (1 + number))"]],
    tests: [pipelines],
  },
  {
    name: "pipeline: rows of texts have no length of 1",
    edits: [["src/pipeline/steps/texts.ts", "const length = Math.sqrt(square);", "const length = square;"]],
    tests: [pipelines],
  },
  {
    name: "pipeline: rare words are kept",
    edits: [["src/pipeline/steps/texts.ts", "number >= minTexts", "number >= 1"]],
    tests: [pipelines],
  },
  {
    name: "pipeline: weeks begin on Thursday",
    edits: [["src/pipeline/steps/dateParts.ts", "const FIRST_WEEKDAY = 3;", "const FIRST_WEEKDAY = 0;"]],
    tests: [pipelines],
  },
  {
    name: "pipeline: answers of a quantity are not brought back to its unit",
    edits: [
      [
        "src/pipeline/target.ts",
        "const scaled = output * this.scale + this.center;",
        "const scaled = output * this.scale;",
      ],
    ],
    tests: [pipelines],
  },
  {
    name: "pipeline: classes are in the order of their rows",
    edits: [["src/pipeline/target.ts", "return column.words.filter((word) => seen.has(word));", "return [...seen];"]],
    tests: [pipelines],
  },
  {
    name: "pipeline: the least probable class is answered",
    edits: [["src/pipeline/target.ts", "outputs[b] - outputs[a] || a - b", "outputs[a] - outputs[b] || a - b"]],
    tests: [pipelines],
  },
  {
    name: "pipeline: ids of embedded words begin at 1",
    edits: [["src/pipeline/steps/embedding.ts", "place >= 0 ? place + 2", "place >= 0 ? place + 1"]],
    tests: [pipelines],
  },
  {
    name: "splits: the parts of classes are rounded up",
    edits: [["src/splits/draw.ts", "Math.floor(share * count + 1e-9)", "Math.ceil(share * count)"]],
    tests: [splits],
  },
  {
    name: "splits: rows left over go to the part that has most",
    edits: [["src/splits/draw.ts", "lack[b] - lack[a] || a - b", "lack[a] - lack[b] || a - b"]],
    tests: [splits],
  },
  {
    name: "splits: the smallest groups come first",
    edits: [["src/splits/draw.ts", "(a, b) => sizes[b] - sizes[a]", "(a, b) => sizes[a] - sizes[b]"]],
    tests: [splits],
  },
  {
    name: "splits: groups of classes go where there is most of them",
    edits: [["src/splits/draw.ts", "const least = Math.min(...costs);", "const least = Math.max(...costs);"]],
    tests: [splits],
  },
  {
    name: "splits: equal times are cut apart",
    edits: [
      [
        "src/splits/draw.ts",
        "times[order[end]] === times[order[end - 1]]) end++;",
        "times[order[end]] !== times[order[end]]) end++;",
      ],
    ],
    tests: [splits],
  },
  {
    name: "splits: the seed of groups does not count",
    edits: [["src/splits/draw.ts", "shuffled(groupCount, seed, GROUPS)", "shuffled(groupCount, 0, GROUPS)"]],
    tests: [splits],
  },
  {
    name: "splits: folds by time learn from what comes after",
    edits: [
      [
        "src/splits/rows.ts",
        "settings.times ? part < tested : part !== tested",
        "settings.times ? part !== tested : part !== tested",
      ],
    ],
    tests: [splits],
  },
  {
    name: "splits: the first part by time is tested, too",
    edits: [["src/splits/rows.ts", "const tested = settings.times ? fold + 1 : fold;", "const tested = fold;"]],
    tests: [splits],
  },
  {
    name: "splits: train and test change places",
    edits: [
      [
        "src/splits/rows.ts",
        "assignParts(rowCount, [1 - share, share], settings)",
        "assignParts(rowCount, [share, 1 - share], settings)",
      ],
    ],
    tests: [splits],
  },
  {
    name: "splits: the target is not stratified unless asked for",
    edits: [
      [
        "src/splits/options.ts",
        "(groups === undefined && time === undefined && hasClasses(table))",
        "(groups !== undefined && time === undefined && hasClasses(table))",
      ],
    ],
    tests: [splits],
  },
  {
    name: "splits: gaps in times are the earliest",
    edits: [["src/splits/options.ts", "if (gap >= 0) throw", "if (gap > column.length) throw"]],
    tests: [splits],
  },
];
