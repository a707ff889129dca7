/**
 * Tables: columns that know what they hold.
 *
 * *A column* has a name, a type and its values side by side: numbers in float64 (NaN is a gap), dates as milliseconds since 1970 in
 * float64, truth values as bytes, categories as int32 codes and their words, texts and identifiers as they were written. What is
 * not learnt from by default (texts, identifiers) is a column like any other with the role "none".
 *
 * *From a source to a table* there are three steps, a folder each:
 *
 * 1. `sources/` finds out what it was given, decodes and inflates it, tells how the text is cut into cells (`recogniseLayout`),
 *    and gives rows, a piece at a time. Papa Parse cuts cells, JSON.parse reads values.
 * 2. `raw/` keeps what was read, before anything is decided, at nine bytes a cell: plainly written numbers as such, with the count
 *    of their decimals, all else as a word of the column's dictionary. Every text can be had again, so one reading is enough,
 *    and a column is judged by its few different words (`profile`).
 * 3. `rules/` decides how a column is to be read. `RULES` is the list of rules in their order, `words.ts` and the patterns in
 *    `dates.ts` are what they know, as data. A rule answers with a reading and the reason, or with a question; all questions of a
 *    table are one error. `columns/` makes values of cells by the reading.
 *
 * *A reading* is plain JSON (`schema.ts`): type, decimal mark, unit, order of dates, words. A schema is a list of them with names and
 * roles. Reading by a schema skips the third step's decisions and finds columns by name; reading without one ends in a schema.
 *
 * To teach it another writing: a pattern in `dates.ts`, a word in `words.ts`, or a rule in `rules/index.ts`, and the same in
 * `cellReader.ts`, which reads single cells.
 */
export { readCsvColumns } from "./csvColumns";
export { readTable, streamTables, type TableStreamOptions } from "./read";
