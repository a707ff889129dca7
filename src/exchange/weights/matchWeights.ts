import { ArgumentError } from "../../errors";
import type { WeightTable } from "../../compiler/weightTable";
import type { Node } from "../../graph/node";
import type { ReportWriter } from "../report";
import type { Draft, FitContext } from "./draft";
import { fitModule } from "./fit";
import { matchFlat } from "./flat";
import { matchByOrder } from "./match";
import { type Module, modulesOf } from "./modules";
import { namedModules } from "./names";
import type { ImportWeightsOptions } from "./options";
import { orientations } from "./orientation";
import { type Place, placesOf } from "./places";
import type { ReadWeights } from "./readFile";
import { sideBySide } from "./sideBySide";

/** Names with one kind of separator. */
const plainPath = (path: string) => path.replace(/[./]/g, "_");

/** Layers by names that modules of the file have, too. */
function placesByName(
  modules: readonly Module[],
  places: readonly Place[],
  match: "auto" | "name",
): Map<Module, Place> {
  const byPath = new Map(places.map((place) => [plainPath(place.path), place]));
  const found = new Map<Module, Place>();
  const taken = new Set<Place>();
  for (const module of modules) {
    const place = byPath.get(plainPath(module.path)) ?? (module.alias && byPath.get(plainPath(module.alias)));
    if (!place || taken.has(place)) continue;
    taken.add(place);
    found.set(module, place);
  }
  // Names that nobody gave, such as dense_1, say something only where all of them fit.
  const areAll = found.size === modules.length && found.size === places.length;
  if (match === "name" || areAll) return found;
  return new Map([...found].filter(([, place]) => place.isNamed));
}

/** Without modules whose tensors another has, too: tied weights, of which the model has one. */
function withoutTied(modules: readonly Module[], placeCount: number, report: ReportWriter): Module[] {
  const kept: Module[] = [];
  const seen = new Map<string, string>();
  let surplus = modules.length - placeCount;
  for (const module of modules) {
    const identities = Array.from(module.params.values(), ({ identity }) => identity);
    const twin = identities.map((identity) => identity && seen.get(identity));
    if (surplus > 0 && twin.length && twin.every((name) => name)) {
      report.skip(`${module.path}: the same numbers as ${twin[0]}`);
      surplus--;
      continue;
    }
    for (const { identity, name } of module.params.values()) if (identity) seen.set(identity, name);
    kept.push(module);
  }
  return kept;
}

/** What is needed to find out what belongs where. */
class Matching {
  readonly drafts: Draft[] = [];

  constructor(
    readonly who: string,
    readonly modules: readonly Module[],
    readonly places: readonly Place[],
    readonly context: FitContext,
  ) {}

  error(problem: string, modules: readonly Module[], places: readonly Place[], wayOut = WAYS_OUT): ArgumentError {
    return new ArgumentError(
      `${this.who}: it is not certain which weights belong where: ${problem}.\n${sideBySide(modules, places)}\n${wayOut}`,
    );
  }

  /** Pairs that names tell: what has the same name must fit. */
  take(pairs: Iterable<readonly [Module, Place]>, isPartial: boolean): void {
    for (const [module, place] of pairs) {
      const draft = fitModule(place, module, this.context, isPartial);
      if (draft.reason !== undefined) {
        throw new ArgumentError(
          `${this.who}: ${module.path} does not fit the layer ${place.path} (${place.kind}), which has its name: ${draft.reason}. ` +
            `Leave it out: { names: { ${JSON.stringify(module.path)}: null }, partial: true }, or match by order: { match: "order" }.`,
        );
      }
      this.drafts.push(draft);
    }
  }

  /** Matrices that fit both ways, where nothing says which is meant. */
  checkClear(): void {
    const unclear = this.drafts.flatMap(({ unclear }) => (unclear ? [unclear.name] : []));
    if (unclear.length === 0) return;
    throw this.error(
      `${unclear.slice(0, 5).join(", ")} ${unclear.length === 1 ? "is a square matrix" : "are square matrices"}, and nothing in the file tells outputs from inputs`,
      this.modules,
      this.places,
      SAY_LAYOUT,
    );
  }
}

const UNCLEAR = "their names say nothing, and by their shapes they fit as they are and as PyTorch has them";
const SAY_LAYOUT =
  'Say how matrices stand there: { layout: "torch" } for outputs before inputs, { layout: "own" } for inputs before outputs.';
const WAYS_OUT =
  'Say it by names: { names: { "theirs": "ours" } }, of modules and layers or of tensors and weights, or give layers here the names of the file. ' +
  "null leaves a module out; with { partial: true } layers may stay as they are.";

/**
 * Finds what belongs where.
 *
 * @throws ArgumentError where that is not certain
 */
export function matchWeights(
  who: string,
  file: ReadWeights,
  table: WeightTable,
  nodes: readonly Node[],
  options: ImportWeightsOptions,
  report: ReportWriter,
): Draft[] {
  const { match = "auto", partial = false, permuteFeatures = true, names } = options;
  const allPlaces = placesOf(table, nodes);
  const named = namedModules(who, file.tensors, allPlaces, names);
  for (const what of named.skipped) report.skip(what);
  const grouped = modulesOf(named.rest, file.order === "classes", allPlaces);
  for (const what of grouped.skipped) report.skip(what);
  const orientationOf = orientations([...grouped.modules, ...named.pairs.keys()], allPlaces, options.layout);
  const matching = new Matching(who, grouped.modules, allPlaces, { orientationOf, permutesFeatures: permuteFeatures });
  matching.take(named.pairs, partial);
  const taken = new Set(named.pairs.values());
  let places = allPlaces.filter((place) => !taken.has(place));
  let modules = withoutTied(grouped.modules, places.length, report);
  if (match !== "order") {
    const pairs = placesByName(modules, places, match);
    matching.take(pairs, partial);
    modules = modules.filter((module) => !pairs.has(module));
    const found = new Set(pairs.values());
    places = places.filter((place) => !found.has(place));
  }
  if (partial) leaveOut(matching, modules, places, report);
  else if (match === "name" && (modules.length || places.length)) {
    throw matching.error("not all names of the file are those of the model", modules, places);
  } else matchRest(matching, modules, places, file.order, options.layout);
  matching.checkClear();
  return matching.drafts;
}

function matchRest(
  matching: Matching,
  modules: readonly Module[],
  places: readonly Place[],
  order: ReadWeights["order"],
  layout: ImportWeightsOptions["layout"],
): void {
  if (modules.length === 0 && places.length === 0) return;
  if (order === "made" && modules.every(({ layout }) => layout === "single")) {
    const tensors = modules.flatMap(({ params }) => [...params.values()]);
    const flat = matchFlat(tensors, places, layout, matching.context.permutesFeatures);
    if (flat === "unclear") throw matching.error(UNCLEAR, modules, places, SAY_LAYOUT);
    if (flat) {
      matching.drafts.push(...flat);
      return;
    }
  }
  if (modules.length !== places.length) {
    const counts = `${modules.length} ${modules.length === 1 ? "module" : "modules"} of the file, ${places.length} ${places.length === 1 ? "layer" : "layers"} of the model`;
    throw matching.error(counts, modules, places);
  }
  const found = matchByOrder(modules, places, matching.context, order);
  if ("problem" in found) throw matching.error(found.problem, modules, places);
  matching.drafts.push(...found.pairs);
}

/** What no name tells stays as it is. */
function leaveOut(
  matching: Matching,
  modules: readonly Module[],
  places: readonly Place[],
  report: ReportWriter,
): void {
  if (matching.drafts.length === 0) throw matching.error("no name of the file is one of the model", modules, places);
  for (const { params } of modules) for (const { name } of params.values()) report.skip(name);
  for (const { path } of places) report.warn(`${path}: keeps the weights that it has.`);
}
