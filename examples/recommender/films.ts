import { randomFrom } from "../random";

/** Viewers and films that are made up: what somebody watches depends on tastes that no model is told. */
export const GENRES = [
  "western",
  "thriller",
  "comedy",
  "romance",
  "science fiction",
  "documentary",
  "musical",
  "horror",
];
export const DECADES = [1960, 1970, 1980, 1990, 2000, 2010];

export interface Film {
  readonly genre: string;
  readonly decade: number;
  /** How many people have heard of it, relative to others. */
  readonly fame: number;
}

export interface Viewer {
  readonly genres: readonly string[];
  readonly decade: number;
}

export interface Watched {
  readonly films: readonly Film[];
  readonly viewers: readonly Viewer[];
  /** Numbers of a viewer and a film. */
  readonly seen: readonly (readonly [number, number])[];
  /** The last ones of each viewer, which the model is not shown. */
  readonly later: readonly (readonly [number, number])[];
}

/** How much likelier a film of a favourite genre, and one of the favourite decade, is watched. */
const GENRE_FACTOR = 12;
const DECADE_FACTOR = 4;
const WATCHED = 24;
const LATER = 4;

/** How likely a viewer is to watch a film, relative to other films. */
export function appealOf({ genre, decade, fame }: Film, viewer: Viewer): number {
  return fame * (viewer.genres.includes(genre) ? GENRE_FACTOR : 1) * (decade === viewer.decade ? DECADE_FACTOR : 1);
}

/** Draws without putting back, by weights. */
function drawSome(weights: number[], count: number, random: () => number): number[] {
  const left = [...weights];
  return Array.from({ length: count }, () => {
    let place = random() * left.reduce((sum, weight) => sum + weight, 0);
    let i = 0;
    while (i < left.length - 1 && place >= left[i]) place -= left[i++];
    left[i] = 0;
    return i;
  });
}

export function watchFilms(viewerCount: number, filmCount: number, seed: number): Watched {
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)];
  const films = Array.from({ length: filmCount }, () => ({
    genre: pick(GENRES),
    decade: pick(DECADES),
    fame: 1 / (0.05 + random()),
  }));
  const viewers = Array.from({ length: viewerCount }, () => ({
    genres: [pick(GENRES), pick(GENRES)],
    decade: pick(DECADES),
  }));
  const watched = viewers.map((viewer) => {
    return drawSome(
      films.map((film) => appealOf(film, viewer)),
      WATCHED,
      random,
    );
  });
  const pairs = (from: number, to?: number) =>
    watched.flatMap((list, viewer) => list.slice(from, to).map((film) => [viewer, film] as const));
  return { films, viewers, seen: pairs(0, -LATER), later: pairs(-LATER) };
}
