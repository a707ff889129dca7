/** Eight colours that colour-blind people can tell apart (Okabe & Ito 2008); the last two are changed for paper and for night. */
const LIGHT = `
  color-scheme: light;
  --paper: #fcfbf8; --raised: #ffffff; --ink: #1f2328; --soft: #59616b; --rule: #dedad2; --accent: #0a5fa5;
  --positive: #0072b2; --negative: #d55e00;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc79a7; --c4: #e69f00; --c5: #56b4e9; --c6: #8a7a00; --c7: #1f2328;`;
const DARK = `
  color-scheme: dark;
  --paper: #15181c; --raised: #1c2025; --ink: #e7e6e2; --soft: #a3abb5; --rule: #363c44; --accent: #6cb6f0;
  --positive: #56b4e9; --negative: #e69f00;
  --c0: #56b4e9; --c1: #e69f00; --c2: #2bc59a; --c3: #cc79a7; --c4: #e0672a; --c5: #7a9dff; --c6: #f0e442; --c7: #e7e6e2;`;

/** Ten shades of cells: the share of a row. Text stays readable on the darkest. */
const SHADES = Array.from({ length: 10 }, (_, i) => {
  const share = 5 * (i + 1);
  const cell = (name: string, color: string) =>
    `.matrix td.${name}${i + 1} { background: color-mix(in srgb, var(--${color}) ${share}%, var(--paper)); }`;
  return `${cell("right", "positive")}\n${cell("wrong", "negative")}`;
}).join("\n");

const LINES = Array.from({ length: 8 }, (_, i) => `.c${i} { stroke: var(--c${i}); background: var(--c${i}); }`).join(
  "\n",
);

/** The style of all report pages. */
export const style = `
:root {${LIGHT}
}
@media screen and (prefers-color-scheme: dark) { :root:not(:has(#theme-light:checked)) {${DARK}
} }
@media screen { :root:has(#theme-dark:checked) {${DARK}
} }
* { box-sizing: border-box; }
html { background: var(--paper); scroll-padding-top: 16px; }
body { margin: 0 auto; max-width: 1128px; padding: 24px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 28px; line-height: 1.25; margin: 0 0 8px; }
h2 { font-size: 20px; line-height: 1.4; margin: 40px 0 12px; padding-top: 16px; border-top: 1px solid var(--rule); }
h3 { font-size: 16px; margin: 40px 0 4px; }
h1, h2, h3 { font-weight: 600; text-wrap: balance; }
p { max-width: 65ch; margin: 0 0 12px; }
a { color: var(--accent); text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 24px; top: 4px; background: var(--paper); padding: 4px 8px; }
header { display: flex; flex-wrap: wrap; gap: 12px 40px; justify-content: space-between; align-items: flex-start; }
header > div { flex: 1 1 320px; }
.theme { border: 0; padding: 0; margin: 0; display: flex; gap: 12px; font-size: 14px; color: var(--soft); }
.theme legend { float: left; padding: 0; margin-right: 12px; }
.theme label { display: inline-flex; gap: 4px; align-items: center; min-height: 24px; }
.theme input { accent-color: var(--accent); margin: 0; }
nav { font-size: 14px; margin: 12px 0 24px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; margin: 0; padding: 0; }
nav a { display: inline-block; padding: 4px 0; }
.lead { font-size: 20px; line-height: 1.4; }
.note, .said { color: var(--soft); font-size: 14px; }
.said { display: block; min-height: 1.5em; font-variant-numeric: tabular-nums; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 24px 40px; margin-top: 24px; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 12px 40px; align-items: start; }
.beside > * { min-width: 0; }
figure { margin: 0; min-width: 0; max-width: 520px; }
figcaption { font-weight: 600; margin-bottom: 4px; }
figure .note { margin: 0; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
svg text { fill: var(--soft); }
svg .key { fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
svg path { fill: none; }
.grid { stroke: var(--rule); stroke-width: 1; }
.line { stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
svg .line { background: none; }
.faint { stroke: var(--soft); stroke-width: 1; opacity: 0.35; }
.chance { stroke: var(--soft); stroke-dasharray: 4 4; }
.zero-line { stroke: var(--ink); }
.cursor { stroke: var(--accent); }
.dots { stroke: var(--positive); stroke-width: 5; stroke-linecap: round; opacity: 0.55; }
.dots.small { stroke-width: 3.2; opacity: 0.5; }
.dot { fill: var(--positive); stroke: var(--paper); }
.below { stroke: var(--negative); stroke-width: 2; }
.above { stroke: var(--positive); stroke-width: 2; }
.positive { fill: var(--positive); }
.negative { fill: var(--negative); }
.rule { fill: var(--soft); }
.bar { width: 100%; height: 12px; }
${LINES}
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 8px; }
.scroll { overflow: auto; max-width: 100%; max-height: 720px; margin: 0 0 12px; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding: 0 0 8px; position: sticky; left: 0; max-width: calc(100vw - 48px); }
th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid var(--rule); font-weight: 400; white-space: nowrap; }
th.word, td.word { text-align: left; }
thead th { color: var(--soft); vertical-align: bottom; }
tbody th { text-align: left; }
.bars { width: min(100%, 760px); }
.bars .bar-cell { width: 100%; min-width: 88px; }
.bars .bar-cell svg { min-width: 72px; }
.comparison tr.first > * { font-weight: 600; }
.comparison tr:not(.first) .positive { fill: var(--soft); opacity: 0.6; }
.matrix th, .matrix td { padding: 8px; text-align: right; border: 2px solid var(--paper); }
.matrix tbody td { min-width: 56px; text-align: center; }
.matrix tbody td:not([class]) { background: var(--raised); }
.matrix thead th { text-align: center; }
.matrix .axis { color: var(--soft); font-size: 12px; }
.matrix small { display: block; font-size: 12px; }
.matrix .zero { color: var(--soft); }
.many { font-size: 12px; }
.many th, .many td { padding: 2px 4px; border-width: 1px; }
.many tbody td { min-width: 26px; }
.many thead th span { writing-mode: vertical-rl; display: inline-block; transform: rotate(180deg); }
.many thead tr > *, .many tbody th { background: var(--paper); position: sticky; top: 0; }
.many tbody th { left: 0; }
.many .zero { font-size: 0; }
${SHADES}
footer { margin-top: 64px; color: var(--soft); font-size: 14px; }
.scroll:has(.matrix) { max-height: none; }
@media (max-width: 480px) {
  body { padding: 16px; }
  th, td { padding-right: 8px; }
  tbody th, .matrix tbody th { max-width: 38vw; white-space: normal; }
  tbody th.word { min-width: 96px; }
  .matrix.many tbody th { max-width: none; white-space: nowrap; }
  .bars .bar-cell, .bars .bar-cell svg { min-width: 48px; }
}
@media print {
  @page { margin: 12mm; }
  .theme, nav, .skip, .said { display: none; }
  body { padding: 0; max-width: none; }
  .scroll { max-height: none; overflow: visible; }
  h2, h3, caption { break-after: avoid; }
  figure, tr { break-inside: avoid; }
  table { font-size: 11px; }
  th, td { padding-right: 6px; }
  table:not(.bars, .many) :is(th, td) { white-space: normal; overflow-wrap: break-word; }
  .matrix small { font-size: 10px; }
  .matrix.many { font-size: 8px; }
  .matrix.many th, .matrix.many td { min-width: 0; padding: 1px; }
  .matrix td, .swatch { print-color-adjust: exact; }
  .many thead tr > *, .many tbody th { position: static; }
}
`;

/** What the style's SHA-256 is, so that a page can allow it and no other. */
export const styleHash = "sha256-2U2ZG7PYlQ05nM2L+ZH0tpI3q1RtLJrGEeP5IFNuwck=";
