import type { Draft } from "./draft";
import { countOf } from "./file";
import { fitModule } from "./fit";
import type { FitContext } from "./draft";
import { type Module, orderOf } from "./modules";
import type { Place } from "./places";

/** What matching has found: pairs, or why there are none that are certain. */
export type Match = { readonly pairs: readonly Draft[] } | { readonly problem: string };

/** Layers that may have other numbers of numbers than their modules: biases are added, a slope is repeated. */
const REPEATING: ReadonlySet<string> = new Set(["lstm", "gru", "simpleRNN", "prelu"]);

const sizeOf = ({ params }: Module) => [...params.values()].reduce((sum, { shape }) => sum + countOf(shape), 0);
const placeSize = ({ weights }: Place) => [...weights.values()].reduce((sum, { size }) => sum + size, 0);

/** All fits between modules and places. */
class Fits {
  readonly #drafts = new Map<Module, Map<Place, Draft>>();

  constructor(
    readonly modules: readonly Module[],
    readonly places: readonly Place[],
    context: FitContext,
  ) {
    const sizes = new Map(places.map((place) => [place, placeSize(place)]));
    for (const module of modules) {
      const own = new Map<Place, Draft>();
      const size = sizeOf(module);
      for (const place of places) {
        if (!REPEATING.has(place.kind) && size !== sizes.get(place)) continue;
        const draft = fitModule(place, module, context);
        if (draft.reason === undefined) own.set(place, draft);
      }
      this.#drafts.set(module, own);
    }
  }

  of(module: Module): ReadonlyMap<Place, Draft> {
    return this.#drafts.get(module)!;
  }

  draft(module: Module, place: Place): Draft | undefined {
    return this.of(module).get(place);
  }
}

/** Takes, again and again, what has one counterpart only. */
function takeForced(fits: Fits, modules: Set<Module>, places: Set<Place>, pairs: Map<Module, Place>): void {
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const module of modules) {
      const open = [...fits.of(module).keys()].filter((place) => places.has(place));
      const [place] = open;
      if (open.length !== 1) continue;
      pairs.set(module, place);
      modules.delete(module);
      places.delete(place);
      isChanged = true;
    }
    for (const place of places) {
      const open = [...modules].filter((module) => fits.draft(module, place));
      const [module] = open;
      if (open.length !== 1) continue;
      pairs.set(module, place);
      modules.delete(module);
      places.delete(place);
      isChanged = true;
    }
  }
}

const listed = (names: readonly string[]) =>
  names.slice(0, 4).join(", ") + (names.length > 4 ? ` and ${names.length - 4} more` : "");

/** Modules that compete for the same places, and these. */
function component(fits: Fits, modules: Set<Module>, places: Set<Place>): [Module[], Place[]] {
  const [first] = modules;
  const [own, found] = [new Set([first]), new Set<Place>()];
  for (const module of own) {
    for (const place of fits.of(module).keys()) {
      if (!places.has(place) || found.has(place)) continue;
      found.add(place);
      for (const other of modules) if (fits.draft(other, place)) own.add(other);
    }
  }
  return [fits.modules.filter((one) => own.has(one)), fits.places.filter((one) => found.has(one))];
}

/**
 * Pairs modules of a file with layers by shapes, and where these leave a choice by order, if that of the file means anything: then it
 * must not contradict what shapes alone say.
 */
export function matchByOrder(
  modules: readonly Module[],
  places: readonly Place[],
  context: FitContext,
  order: "made" | "names" | "classes",
): Match {
  const fits = new Fits(modules, places, context);
  for (const module of modules) {
    if (fits.of(module).size) continue;
    return { problem: `${module.path} fits no layer${closest(module, places, context)}` };
  }
  const [openModules, openPlaces] = [new Set(modules), new Set(places)];
  const pairs = new Map<Module, Place>();
  takeForced(fits, openModules, openPlaces, pairs);
  const chosen: [Module, Place][] = [];
  while (openModules.size) {
    const [own, found] = component(fits, openModules, openPlaces);
    const result = pairInOrder(fits, own, found, order);
    if (typeof result === "string") return { problem: result };
    for (const [module, place] of result) {
      chosen.push([module, place]);
      pairs.set(module, place);
      openModules.delete(module);
      openPlaces.delete(place);
    }
  }
  if (openPlaces.size) {
    return { problem: `nothing in the file fits ${listed([...openPlaces].map(({ path }) => path))}` };
  }
  const crossing = findCrossing(chosen, pairs, places, order);
  if (crossing) return { problem: crossing };
  return { pairs: Array.from(pairs, ([module, place]) => fits.draft(module, place)!) };
}

/** Why a module fits none of the layers that it comes closest to. */
function closest(module: Module, places: readonly Place[], context: FitContext): string {
  const drafts = places.map((place) => fitModule(place, module, context));
  const best = drafts.sort((a, b) => b.fillings.length - a.fillings.length)[0];
  return best?.reason ? ` (${best.place.path}: ${best.reason})` : "";
}

function pairInOrder(
  fits: Fits,
  own: readonly Module[],
  found: readonly Place[],
  order: "made" | "names" | "classes",
): [Module, Place][] | string {
  const names = listed(own.map(({ path }) => path));
  const layers = listed(found.map(({ path }) => path));
  if (own.length !== found.length) return `${names} fit ${layers}: ${own.length} for ${found.length}`;
  let isKnown = true;
  const sorted = [...own].sort((a, b) => {
    const known = orderOf(order, a, b);
    if (known === undefined) isKnown = false;
    return known ?? 0;
  });
  if (!isKnown) return `each of ${names} fits ${layers}, and the file does not say in which order they were made`;
  const pairs = sorted.map((module, i): [Module, Place] => [module, found[i]]);
  const wrong = pairs.find(([module, place]) => !fits.draft(module, place));
  return wrong ? `${names} fit ${layers} by their shapes, but not in this order` : pairs;
}

/** Two pairs whose order in the file is not that in the model: then order says nothing. */
function findCrossing(
  chosen: readonly [Module, Place][],
  pairs: ReadonlyMap<Module, Place>,
  places: readonly Place[],
  order: "made" | "names" | "classes",
): string | undefined {
  const index = new Map(places.map((place, i) => [place, i]));
  for (const [module, place] of chosen) {
    for (const [other, otherPlace] of pairs) {
      const known = module === other ? 0 : (orderOf(order, module, other) ?? 0);
      const here = index.get(place)! - index.get(otherPlace)!;
      if (known * here < 0) {
        return `${module.path} fits several layers, and order does not tell which: ${other.path} and it stand the other way round in the model`;
      }
    }
  }
  return undefined;
}
