import type { Calibration, ClassCurves, ClassReport } from "../reportData";
import { clean, count, counted, percent, ratio, shortened, thinning } from "../wording";
import { type Axis, chartHtml, keys, line, type Scales } from "./chart";
import { escaped, nameHtml, nameText, px, scrolling } from "./markup";

/** Classes that have a colour each. */
const COLORS = 8;
/** Classes of a matrix, at most. */
const MATRIX = 60;
/** Lines that are named. */
const NAMED = 8;

const share = (label: string): Axis => ({
  from: 0,
  to: 1,
  label,
  ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
  format: (value) => String(Math.round(100 * value)),
});

/** Rows are the truth, columns what the model says. */
export function confusionHtml({ column, classes, confusion }: ClassReport): string {
  const frequent = [...classes.keys()].sort((a, b) => classes[b].support - classes[a].support || a - b);
  const shown = frequent.slice(0, MATRIX).sort((a, b) => a - b);
  const isMany = shown.length > 12;
  const long = isMany ? 16 : 24;
  const heads = shown.map((k) => `<th scope="col"><span>${nameHtml(shortened(classes[k].name, long))}</span></th>`);
  const rows = shown.map((truth) => {
    const cells = shown.map((said) => {
      const rows = confusion[truth][said];
      const level = rows === 0 ? 0 : Math.max(1, Math.round((10 * rows) / classes[truth].support));
      const shade = level === 0 ? "" : ` class="${truth === said ? "right" : "wrong"}${level}"`;
      const part = isMany ? "" : `<small>${Math.round((100 * rows) / classes[truth].support)}\u202f%</small>`;
      return `<td${shade}>${rows === 0 ? '<span class="zero">0</span>' : `${count(rows)}${part}`}</td>`;
    });
    const swatch = classes.length <= COLORS ? `<i class="swatch c${truth}"></i>` : "";
    return `<tr><th scope="row">${swatch}${nameHtml(shortened(classes[truth].name, long))}</th>${cells.join("")}</tr>`;
  });
  const caption = "Confusion: each row is what is true, each column what the model says";
  const rest =
    shown.length < classes.length
      ? `<p class="note">The ${shown.length} most frequent of ${count(classes.length)} classes.</p>`
      : "";
  const table =
    `<table class="matrix${isMany ? " many" : ""}"><caption>${caption}</caption>` +
    `<thead><tr><td><span class="axis">true ↓ said →</span></td>${heads.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
  const words = `<p class="note">Rows of the test${isMany ? "" : ", and their share of what is true"}. Blue is right, orange wrong; the deeper, the larger the share.</p>`;
  return `${scrolling(`Confusion matrix of ${clean(column)}`, table)}${words}${rest}`;
}

/** What is drawn of a curve. */
interface Curve {
  readonly k: number;
  readonly name: string;
  readonly area: number;
  readonly points: readonly (readonly [number, number])[];
  readonly note: string;
}

const colorOf = (k: number, all: number) => (all <= COLORS ? `c${k}` : "faint");

function curvesOf({ curves, classes }: ClassReport, which: "roc" | "precisionRecall"): Curve[] {
  const place = new Map(classes.map(({ name }, k) => [name, k]));
  return curves.flatMap((curve: ClassCurves) => {
    const thinned = curve[which];
    const k = place.get(curve.name)!;
    const area = which === "roc" ? classes[k].rocAuc : classes[k].averagePrecision;
    if (thinned === null || area === null) return [];
    return [{ k, name: curve.name, area, points: thinned.points, note: thinning(thinned) }];
  });
}

/** How well each class is told from all others; undefined where that is not defined for any. */
export function rocHtml(report: ClassReport, id: string): string {
  let all = curvesOf(report, "roc");
  // Of two classes one curve is the other one seen from the opposite corner.
  if (report.classes.length === 2) all = all.slice(-1);
  const title = report.classes.length === 2 && all[0] ? `ROC curve of ${nameHtml(all[0].name)}` : "ROC curves";
  if (all.length === 0) return empty(title, "Not defined: it takes rows of the class and rows of others.");
  return chartHtml({
    id,
    title,
    description: describeAreas("Area under the ROC curve", all),
    x: share("False positive rate, %"),
    y: share("True positive rate, %"),
    height: 330,
    note: `Area: the chance that a row of the class stands above one of another. ${noteOf(all)}`,
    hover: all.length <= NAMED ? hoverOf(all, (x) => `false positives ${percent(x)}`) : undefined,
    draw: (scales) =>
      `<path class="chance" d="${line(
        [
          [0, 0],
          [1, 1],
        ],
        scales,
      )}"/>` +
      all
        .map(({ k, points }) => `<path class="line ${colorOf(k, report.classes.length)}" d="${line(points, scales)}"/>`)
        .join("") +
      areaKeys(all, report.classes.length, scales, 0.36),
  });
}

/** Precision against recall. */
export function precisionRecallHtml(report: ClassReport, id: string): string {
  const all = curvesOf(report, "precisionRecall");
  const title = "Precision–recall curves";
  if (all.length === 0) return empty(title, "Not defined: there is no row of any class.");
  return chartHtml({
    id,
    title,
    description: describeAreas("Average precision", all),
    x: share("Recall, %"),
    y: share("Precision, %"),
    height: 330,
    note: `Average precision is the area under the steps. ${noteOf(all)}`,
    hover: all.length <= NAMED ? hoverOf(all, (x) => `recall ${percent(x)}`) : undefined,
    draw: (scales) =>
      all
        .map(
          ({ k, points }) => `<path class="line ${colorOf(k, report.classes.length)}" d="${steps(points, scales)}"/>`,
        )
        .join("") + areaKeys(all, report.classes.length, scales, 0.06),
  });
}

/** From each point to the next: precision is that of the next, all the way. */
function steps(points: readonly (readonly [number, number])[], { x, y }: Scales): string {
  let path = "";
  let last = 0;
  for (const [recall, precision] of points) {
    path += `${path === "" ? "M" : "L"}${px(x(last))} ${px(y(precision))}H${px(x(recall))}`;
    last = recall;
  }
  return path;
}

const byArea = (all: readonly Curve[]) => [...all].sort((a, b) => a.area - b.area || a.k - b.k);

/** Names and areas, where good curves leave room: of many the least and the greatest. */
function areaKeys(all: readonly Curve[], classCount: number, { x, y }: Scales, left: number): string {
  const named = all.length <= NAMED && classCount <= COLORS ? all : [];
  const texts = named.map(({ k, name, area }) => ({
    className: `c${k}`,
    text: `${nameText(shortened(name, 18))} ${ratio(area)}`,
  }));
  const top = y(0) - 10 - 16 * (Math.max(1, texts.length || 2) - 1);
  if (texts.length > 0) return keys(texts, x(left), top);
  const sorted = byArea(all);
  return `${[sorted[sorted.length - 1], sorted[0]]
    .map(({ name, area }, i) => {
      const text = `${i === 0 ? "best" : "worst"} ${ratio(area)} ${nameText(shortened(name, 16))}`;
      return `<text class="key" x="${px(x(left))}" y="${px(top + 16 * i)}">${text}</text>`;
    })
    .join("")}<path class="line c1" d="${line(sorted[0].points, { x, y })}"/>`;
}

function describeAreas(what: string, all: readonly Curve[]): string {
  const sorted = byArea(all);
  const some = sorted.length <= NAMED ? sorted : [...sorted.slice(0, 4), ...sorted.slice(-4)];
  return `${what}: ${some.map(({ name, area }) => `${nameText(name, 30)} ${ratio(area)}`).join(", ")}.`;
}

const noteOf = (all: readonly Curve[]) =>
  escaped(all.find(({ note }) => note !== "")?.note.replace("points are", "points of a curve are") ?? "");

/** At every twentieth of the width what all curves say. */
function hoverOf(all: readonly Curve[], words: (x: number) => string): [number, string][] {
  return Array.from({ length: 21 }, (_, i) => {
    const at = i / 20;
    const said = all.map(({ name, points }) => `\u2068${clean(name, 20)}\u2069 ${percent(heightAt(points, at))}`);
    return [at, `${words(at)}: ${said.join(", ")}`];
  });
}

function heightAt(points: readonly (readonly [number, number])[], x: number): number {
  const next = points.find(([u]) => u >= x) ?? points[points.length - 1];
  return next[1];
}

/** What is predicted against what comes. */
export function calibrationHtml({ of, bins, error }: Calibration, id: string): string {
  const most = Math.max(...bins.map(({ rows }) => rows));
  const points = bins.map(({ predicted, observed }) => [Math.min(1, predicted), observed] as const);
  const said = bins.map(
    ({ predicted, observed, rows }) =>
      `${percent(predicted)} said, ${percent(observed)} true of ${counted(rows, "row")}`,
  );
  return chartHtml({
    id,
    title: of === null ? "Calibration of what is predicted" : `Calibration of ${nameHtml(of)}`,
    description: `${said.join("; ")}.`,
    x: share("Said to be, %"),
    y: share("True, %"),
    height: 330,
    note: `Each dot is a tenth of the rows, or more where probabilities are equal; on the dashed line they hold. Off by ${percent(error)} on average.`,
    hover: bins.map(({ predicted }, i) => [Math.min(1, predicted), said[i]]),
    draw: (scales) =>
      `<path class="chance" d="${line(
        [
          [0, 0],
          [1, 1],
        ],
        scales,
      )}"/>` +
      points
        .map(
          ([u, v]) =>
            `<path class="${v < u ? "below" : "above"}" d="${line(
              [
                [u, u],
                [u, v],
              ],
              scales,
            )}"/>`,
        )
        .join("") +
      points
        .map(([u, v], i) => {
          const radius = 3 + 3 * Math.sqrt(bins[i].rows / most);
          return `<circle class="dot" cx="${px(scales.x(u))}" cy="${px(scales.y(v))}" r="${px(radius)}"/>`;
        })
        .join(""),
  });
}

/** A place where there is no chart, and why. */
export const empty = (title: string, why: string): string =>
  `<figure><figcaption>${title}</figcaption><p class="note">${escaped(why)}</p></figure>`;
