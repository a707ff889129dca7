// Shows what a model answers: a word with bars for all words, or a number in its unit.
import type { Answer, Predictor } from "wasmgrad/inference";
import { percent, significant } from "./figures";

type Target = NonNullable<Predictor["pipeline"]>["targets"][number];
type TargetAnswer = Answer[string];

/** More classes than this are shown by the most probable ones. */
const MOST_BARS = 12;

/** Puts the answer for each target into a place on the page. */
export function showAnswer(place: HTMLElement, targets: readonly Target[], answer: Answer): void {
  place.replaceChildren(...targets.map((target) => answerOf(target, answer[target.column])));
}

function answerOf({ column, classes }: Target, answer: TargetAnswer): HTMLElement {
  const section = document.createElement("div");
  const name = element("h3", column);
  const value = element("p", "");
  value.className = "value";
  value.append(exact(wordsOf(answer), answer.value));
  const unit = answer.unit === undefined ? "" : ` ${answer.unit}`;
  const sure = answer.probability === undefined ? unit : ` ${percent(answer.probability)}`;
  if (sure) value.append(element("small", sure));
  section.append(name, value);
  if (classes && answer.probabilities) section.append(barsOf(classes, answer.probabilities));
  return section;
}

/** A number as people read it, or the word. */
export const wordsOf = ({ value }: TargetAnswer): string =>
  typeof value === "number" ? significant(value) : String(value);

/** A bar for each class, always at the same place: what changes is seen. */
function barsOf(classes: readonly string[], probabilities: Readonly<Record<string, number>>): HTMLElement {
  const ranked = [...classes].sort((a, b) => probabilities[b] - probabilities[a]);
  const shown = classes.length > MOST_BARS ? ranked.slice(0, MOST_BARS) : classes;
  const bars = element("ol", "");
  bars.className = "bars";
  for (const word of shown) bars.append(barOf(word, probabilities[word], word === ranked[0]));
  const rest = ranked.slice(shown.length).reduce((sum, word) => sum + probabilities[word], 0);
  if (shown.length < classes.length) bars.append(barOf(`${classes.length - shown.length} others`, rest, false));
  return bars;
}

function barOf(word: string, probability: number, isBest: boolean): HTMLElement {
  const bar = element("li", "");
  bar.classList.toggle("is-best", isBest);
  const track = element("span", "");
  track.className = "track";
  const filled = element("span", "");
  filled.style.width = `${100 * probability}%`;
  track.append(filled);
  const figure = exact(percent(probability), probability);
  figure.className = "figure";
  bar.append(element("bdi", word), track, figure);
  return bar;
}

/** A text as people read it, with the value itself for programs. */
function exact(text: string, value: number | string | boolean): HTMLElement {
  const data = element("data", text) as HTMLDataElement;
  data.value = String(value);
  return data;
}

function element(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
