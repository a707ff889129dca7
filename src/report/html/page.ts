import { foldRows, foldsSentence } from "../foldText";
import type { FoldSummary, ReportData } from "../reportData";
import { clean, subject } from "../wording";
import { learningHtml } from "./learningCharts";
import { escaped, nameHtml, nameText, tableHtml } from "./markup";
import { script, scriptHash } from "./script";
import { style, styleHash } from "./style";
import { comparisonHtml, leadHtml, type Section, targetSections } from "./targetSection";

/** A report as one page. Nothing is loaded from elsewhere, and its policy allows nothing but its own style and script. */
export function reportPage(data: ReportData): string {
  const { title, targets, learning, notes, crossValidation } = data;
  const isOne = targets.length === 1;
  const bodies = targets.map((target, place) => {
    const sections = targetSections(target, place);
    const head = isOne ? "" : `<h2 id="target-${place}">${nameHtml(target.column)}</h2>`;
    return {
      sections,
      html: `${head}${leadHtml(target)}${comparisonHtml(target)}${sections.map((one) => sectionHtml(one, isOne)).join("")}`,
    };
  });
  const more: Section[] = [
    ...(crossValidation ? [{ id: "folds", title: "Cross-validation", html: foldsHtml(crossValidation, isOne) }] : []),
    ...(learning
      ? [{ id: "learning", title: "How it learnt", html: `<div class="figures">${learningHtml(learning)}</div>` }]
      : []),
    ...(notes.length > 0 ? [{ id: "notes", title: "Notes", html: notesHtml(notes) }] : []),
  ];
  const links = isOne
    ? [...bodies[0].sections, ...more]
    : [...targets.map(({ column }, place) => ({ id: `target-${place}`, title: nameHtml(column, 30) })), ...more];
  const items = links.map(({ id, title: name }) => `<li><a href="#${id}">${name}</a></li>`).join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="wasmgrad">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${styleHash}'; script-src '${scriptHash}'; base-uri 'none'; form-action 'none'">
<title>${nameText(title, 120)}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
<header><div><h1>${nameHtml(title, 120)}</h1><p class="note">${escaped(subject(data))} Model: ${nameHtml(clean(data.model.name))}.</p></div>
<fieldset class="theme"><legend>Colours</legend>${themes}</fieldset></header>
<nav aria-label="On this page"><ul>${items}</ul></nav>
<main id="content">${bodies.map(({ html }) => html).join("")}${more.map((one) => sectionHtml(one, true)).join("")}</main>
<footer>Made by wasmgrad. Three significant digits; everything is in this file.</footer>
<script>${script}</script>
</body>
</html>
`;
}

const themes = ["auto", "light", "dark"]
  .map(
    (name, i) =>
      `<label><input type="radio" name="theme" id="theme-${name}"${i === 0 ? " checked" : ""}>${name}</label>`,
  )
  .join("");

function sectionHtml({ id, title, html }: Section, isOne: boolean): string {
  const level = isOne ? 2 : 3;
  // Of several targets the sections have the same names: their headings say which they belong to.
  const label = isOne ? ` aria-labelledby="${id}"` : "";
  return `<section${label}><h${level} id="${id}">${title}</h${level}>${html}</section>`;
}

const foldsHtml = (found: FoldSummary, isOne: boolean) =>
  `<p>${escaped(foldsSentence(found))}</p>${found.targets
    .map((target) =>
      tableHtml({
        caption: isOne ? "Over folds" : `Over folds: ${clean(target.column)}`,
        head: ["Measure", "Networks", "Guess"],
        rows: foldRows(target).map((row) => row.map(escaped)),
      }),
    )
    .join("")}`;

const notesHtml = (notes: readonly string[]) =>
  `<ul>${notes.map((note) => `<li>${nameHtml(note, 400)}</li>`).join("")}</ul>`;
