// Streams, text, samples of series, recurrent rows, attention, and metrics of rankings.

const streams = "tests/streams/reports.test.ts";
const remembering = "tests/streams/remembering.test.ts";
const written = "tests/generation/reports.test.ts";
const generated = "tests/generation/generate.test.ts";
const tokenizers = "tests/text/tokenizers.test.ts";
const texts = "tests/text/reports.test.ts";
const windowed = "tests/data/windowReports.test.ts";
const recurrent = "tests/layers/recurrent.test.ts";
const rankings = "tests/training/rankingMetrics.test.ts";

const stream = "src/streams/stream.ts";
const layer = "src/layers/recurrent/recurrent.ts";
const sampling = "src/generation/sampling.ts";
const generate = "src/generation/generate.ts";
const writer = "src/generation/writer.ts";

export const sequences = [
  {
    name: "stream: reset() keeps what layers remember",
    edits: [
      [stream, "heap.fill(0, past / 4, (past + this.#network.stateBytes) / 4);", "heap.fill(0, past / 4, past / 4);"],
    ],
    tests: [streams],
    named: "reset",
  },
  {
    name: "stream: reset() goes on counting steps",
    edits: [[stream, "    this.#steps = 0;\n    const { past = 0 }", "    const { past = 0 }"]],
    tests: [streams],
    named: "reset",
  },
  {
    name: "stream: the first step stands at position 1",
    edits: [[stream, "firstStep: this.#steps,", "firstStep: this.#steps + 1,"]],
    tests: [remembering],
    named: "attention is the whole sequence",
  },
  {
    name: "stream: a state that is set does not say how many steps there were",
    edits: [[stream, "    this.#steps = steps;\n", ""]],
    tests: [remembering],
    named: "from a state that was kept",
  },
  {
    name: "stream: room for one step more than there is",
    edits: [[stream, "steps + more <= shortest.steps)", "steps + more <= shortest.steps + 1)"]],
    tests: [remembering],
    named: "no room",
  },
  {
    name: "stream: all sequences get the steps of the first",
    edits: [[stream, "(b * steps + (steps > 1 ? t : 0)) * size", "(steps > 1 ? t : 0) * size"]],
    tests: [streams],
    named: "side by side",
  },
  {
    name: "stream: a step may read what the sequence ends with",
    edits: [["src/streams/stepwise.ts", "    if (isOfTime && isOfEnds) return true;\n", ""]],
    tests: [streams],
    named: "not known before its end",
  },
  {
    name: "stream: a causal convolution forgets its latest step in place of its oldest",
    edits: [["src/layers/convolution/conv.ts", "start: axis === 1 ? 1 : 0, size", "start: 0, size"]],
    tests: [streams],
    named: "causal convolution",
  },
  {
    name: "stream: a recurrent layer begins every step with its initial state",
    edits: [[layer, "where(begun, both[i], both[kept.length + i])", "both[kept.length + i]"]],
    tests: [streams],
    named: "begins with initialState",
  },
  {
    name: "stream: a masked step shows the initial state",
    edits: [[layer, "given.length && masks[0] ?", "given.length > 2 && masks[0] ?"]],
    tests: [streams],
    named: "first steps are masked",
  },
  {
    name: "generate: rounding draws what is impossible",
    edits: [[sampling, "  while (weights[count - 1] === 0) count--;\n", ""]],
    tests: [written],
    named: "never drawn",
  },
  {
    name: "generate: of equal scores the larger id is first",
    edits: [[sampling, "b.logit - a.logit || a.id - b.id", "b.logit - a.logit || b.id - a.id"]],
    tests: [written],
    named: "topP keeps",
  },
  {
    name: "generate: topP leaves out the id that crosses it",
    edits: [
      [sampling, "nucleus < count && sum < topP * total", "nucleus < count && sum + weights[nucleus] <= topP * total"],
    ],
    tests: [written],
    named: "topP keeps",
  },
  {
    name: "generate: a repetition penalty divides negative logits, too",
    edits: [
      [sampling, "logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty", "logit / repetitionPenalty"],
    ],
    tests: [written],
    named: "whatever the sign",
  },
  {
    name: "generate: probabilities taken for logits",
    edits: [[sampling, "areProbabilities ? log(score) : score", "areProbabilities ? score : score"]],
    tests: [written],
    named: "topP keeps",
  },
  {
    name: "generate: ids of the prompt are no repetition",
    edits: [[generate, "const seen = new Set(prompt);", "const seen = new Set<number>();"]],
    tests: [written],
    named: "ids of the prompt count",
  },
  {
    name: "generate: begins anew with the earlier half",
    edits: [[generate, "ids.slice(-Math.max(1,", "ids.slice(0, Math.max(1,"]],
    tests: [generated],
    named: "later half",
  },
  {
    name: "generate: scores behind the first id of a prompt",
    edits: [
      [generate, "data.subarray(data.length - shape[shape.length - 1])", "data.subarray(0, shape[shape.length - 1])"],
    ],
    tests: [written],
    named: "is read whole",
  },
  {
    name: "generate: the last but one character of a stop leaks",
    edits: [[writer, "Math.min(text.length, other.length - 1)", "Math.min(text.length, other.length - 2)"]],
    tests: [written],
    named: "a text that ends it",
  },
  {
    name: "generate: pieces end within a pair of surrogates",
    edits: [[writer, "this.#take(kept || Number(endsInPair(this.#text)))", "this.#take(kept)"]],
    tests: [written],
    named: "a text that ends it",
  },
  {
    name: "generate: words are decoded one by one",
    edits: [[writer, "this.#before = this.#ids.slice(0, count);", "this.#before = [];"]],
    tests: [written],
    named: "spaces between words",
  },
  {
    name: "generate: parts of a character are written",
    edits: [[writer, '!text.endsWith("\\ufffd") || ', "text !== undefined || "]],
    tests: [written],
    named: "last byte, not later",
  },
  {
    name: "byte pairs: the first pair of a word is joined, not the first that was learned",
    edits: [
      [
        "src/text/bytePairs.ts",
        "id !== undefined && id < first",
        "id !== undefined && first === Number.POSITIVE_INFINITY",
      ],
    ],
    tests: [texts],
    named: "in the order they were learned",
  },
  {
    name: "byte pairs: of pairs as frequent the one of larger ids",
    edits: [["src/text/mergePairs.ts", "a.left < b.left : a.right < b.right", "a.left > b.left : a.right > b.right"]],
    tests: [tokenizers],
    named: "counting anew",
  },
  {
    name: "byte pairs: an id may be part of two pairs",
    edits: [["src/text/mergePairs.ts", "    if (isPair) i++;\n", ""]],
    tests: [tokenizers],
    named: "gives every text back",
  },
  {
    name: "characters: both halves of a pair of surrogates are characters",
    edits: [["src/text/characters.ts", "place += point > 0xffff ? 2 : 1;", "place += 1;"]],
    tests: [tokenizers],
    named: "give a text back",
  },
  {
    name: "windows: scaled by the whole series",
    edits: [["src/data/windows.ts", "momentsOf(read, testFrom)", "momentsOf(read, rows)"]],
    tests: [windowed],
    named: "not by its scale",
  },
  {
    name: "windows: the last sample is lost",
    edits: [["src/data/windows.ts", "Math.floor(lastStart / stride) + 1)", "Math.floor(lastStart / stride))"]],
    tests: [windowed],
    named: "no sample is lost",
  },
  {
    name: "windows: later targets of training stand in the test",
    edits: [["src/data/windows.ts", "firstTarget + targetSteps <= testFrom", "firstTarget < testFrom"]],
    tests: [windowed],
    named: "no target of training",
  },
  {
    name: "tokens: the target is the id itself",
    edits: [["src/data/tokens.ts", "fromTensors(samples(0), samples(1))", "fromTensors(samples(0), samples(0))"]],
    tests: [texts],
    named: "one apart everywhere",
  },
  {
    name: "tokens: the last id is no target",
    edits: [["src/data/tokens.ts", "(ids.length - 1 - length) / stride", "(ids.length - 2 - length) / stride"]],
    tests: [texts],
    named: "one apart everywhere",
  },
  {
    name: "lstm: the candidates pass the forget gate",
    edits: [
      [
        "assembly/ops/lstm.ts",
        "f32x4.mul(loadSome(at, left), loadSome(at + 2 * part",
        "f32x4.mul(loadSome(at + part, left), loadSome(at + 2 * part",
      ],
    ],
    tests: [recurrent],
  },
  {
    name: "recurrent rows: an initial state is that of the first samples for all",
    edits: [
      [
        "assembly/recurrent/steps.ts",
        "copyFloats(from + (<usize>((first + i) * units) << 2), to, units);",
        "copyFloats(from + (<usize>(i * units) << 2), to, units);",
      ],
    ],
    tests: [streams],
    named: "its own initial state",
  },
  {
    name: "positions: a step takes the row behind its own",
    edits: [
      [
        "assembly/ops/takeStep.ts",
        "const index = changetype<Step>(step).index;",
        "const index = changetype<Step>(step).index + 1;",
      ],
    ],
    tests: [streams],
    named: "however the sequence is cut: with a table",
  },
  {
    name: "attention: a window is one key wider",
    edits: [["assembly/ops/attention.ts", "max(0, i - r.window + 1)", "max(0, i - r.window)"]],
    tests: [streams],
    named: "a window is as wide",
  },
  {
    name: "attention: a step of a stream sees the first key alone",
    edits: [
      ["assembly/ops/attention.ts", "const offset = r.streams ? stepIndex : 0;", "const offset = r.streams ? 0 : 0;"],
    ],
    tests: [streams],
    named: "however the sequence is cut",
  },
  {
    name: "recallAtK: of no more than k relevant items",
    edits: [
      [
        "assembly/metrics/recallAtK.ts",
        "(w * <f64>hits) / <f64>relevant",
        "(w * <f64>hits) / <f64>min(relevant, kept)",
      ],
    ],
    tests: [rankings],
  },
  {
    name: "ndcgAtK: gains are not discounted by their place",
    edits: [
      [
        "assembly/metrics/ndcgAtK.ts",
        "sum += <f64>load<f32>(discounts + j) * scaledGain(<f64>relevance, scale);",
        "sum += scaledGain(<f64>relevance, scale);",
      ],
    ],
    tests: [rankings],
  },
];
