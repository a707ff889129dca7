/** Ends the export of one layer: what it lacks goes into the error that names all. */
export class Inexpressible extends Error {
  constructor(
    readonly owner: string,
    readonly reason: string,
  ) {
    super(reason);
  }
}
