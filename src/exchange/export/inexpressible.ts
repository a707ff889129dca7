import { FormatError } from "../../errors";

/** Ends the export of one layer: what it lacks goes into the error that names all. */
export class Inexpressible extends FormatError {
  constructor(
    readonly owner: string,
    readonly reason: string,
  ) {
    super(`exportModel: ${owner} ${reason}.`);
  }
}

/** Says what a layer has that a format has no form for. */
export function refuse(owner: string, reason: string): never {
  const refusal: FormatError = new Inexpressible(owner, reason);
  throw refusal;
}
