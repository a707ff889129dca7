import type { QuantityReport } from "../reportData";
import { niceRange } from "../ticks";
import { clean, count, counted, number, percent, ratio, thinning, withUnit } from "../wording";
import { chartHtml, dots, line } from "./chart";
import { escaped, px } from "./markup";

const inUnit = (word: string, unit: string | undefined) => (unit === undefined ? word : `${word}, ${clean(unit, 12)}`);

/** Predicted against true values, on one scale. */
export function scatterHtml({ points, unit, scores }: QuantityReport, id: string): string {
  const values = points.points.flat();
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // From 0 where the values come near to it.
  const [from, to] = niceRange(low > 0 && low < high / 3 ? 0 : low, high, 10);
  const axis = (label: string) => ({ from, to, label });
  return chartHtml({
    id,
    title: "Predicted against true",
    description: `${counted(points.of, "row")} from ${withUnit(low, unit)} to ${withUnit(high, unit)}; R² is ${ratio(scores[0].r2)}.`,
    x: axis(inUnit("True", unit)),
    y: axis(inUnit("Predicted", unit)),
    height: 330,
    note: `On the dashed line predictions are right. ${thinning(points)}`,
    draw: (scales) =>
      `<path class="chance" d="${line(
        [
          [from, from],
          [to, to],
        ],
        scales,
      )}"/><path class="dots${points.points.length > 500 ? " small" : ""}" d="${dots(points.points, scales)}"/>`,
  });
}

/** Residuals against what was predicted: whether it is off in some places more than in others. */
export function residualsHtml({ points, unit }: QuantityReport, id: string): string {
  const residuals = points.points.map(([truth, predicted]) => [predicted, truth - predicted] as const);
  const most = Math.max(...residuals.map(([, off]) => Math.abs(off))) || 1;
  const said = residuals.map(([predicted]) => predicted);
  const [low, high] = [Math.min(...said), Math.max(...said)];
  const [from, to] = niceRange(low > 0 && low < high / 3 ? 0 : low, high, 10);
  const [, top] = niceRange(0, most, 5);
  return chartHtml({
    id,
    title: "Residuals against predicted",
    description: `The largest of ${counted(points.points.length, "row")} is ${withUnit(most, unit)}.`,
    x: { from, to, label: inUnit("Predicted", unit) },
    y: { from: -top, to: top, label: inUnit("True − predicted", unit) },
    height: 330,
    note: `A funnel or a bend means that something is not learnt yet. ${thinning(points)}`,
    draw: (scales) =>
      `<path class="chance" d="${line(
        [
          [from, 0],
          [to, 0],
        ],
        scales,
      )}"/><path class="dots${points.points.length > 500 ? " small" : ""}" d="${dots(residuals, scales)}"/>`,
  });
}

/** How often predictions are off by how much. */
export function histogramHtml({ histogram, unit, rows, bias }: QuantityReport, id: string): string {
  const { bins, below, above } = histogram;
  const most = Math.max(...bins.map(({ rows }) => rows));
  const [, top] = niceRange(0, Math.max(5, most));
  const from = Math.min(0, bins[0].from);
  const to = Math.max(0, bins[bins.length - 1].to);
  const beyond =
    below + above > 0
      ? `${counted(below, "row")} ${below === 1 ? "lies" : "lie"} further left, ${count(above)} further right.`
      : "";
  const range = (low: number, high: number) => `${number(low)} to ${withUnit(high, unit)}`;
  return chartHtml({
    id,
    title: "Residuals",
    description: `True minus predicted, from ${range(bins[0].from, bins[bins.length - 1].to)}, on average ${withUnit(bias, unit)}. ${beyond}`,
    x: { from, to, label: inUnit("True − predicted", unit) },
    y: { from: 0, to: top, label: "Rows" },
    height: 330,
    note: escaped(`Orange: predicted too high. Blue: too low. ${withUnit(bias, unit)} on average. ${beyond}`),
    hover: bins.map(({ from: low, to: high, rows: some }) => [
      (low + high) / 2,
      `${range(low, high)}: ${counted(some, "row")}, ${percent(some / rows)}`,
    ]),
    draw: ({ x, y }) =>
      `${bins
        .filter(({ rows: some }) => some > 0)
        .map(({ from: low, to: high, rows: some }) => {
          const width = Math.max(0.5, x(high) - x(low) - 1);
          const height = Math.max(0.5, y(0) - y(some));
          const sign = (low + high) / 2 < 0 ? "negative" : "positive";
          return `<rect class="${sign}" x="${px(x(low) + 0.5)}" y="${px(y(0) - height)}" width="${px(width)}" height="${px(height)}"/>`;
        })
        .join("")}<path class="zero-line" d="M${px(x(0))} ${px(y(0))}V${px(y(top))}"/>`,
  });
}
