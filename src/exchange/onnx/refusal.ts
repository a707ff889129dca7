import { ArgumentError } from "../../errors";

/** Why a node cannot be taken over: caught where nodes are walked, and told with all others in one FormatError. */
export const refusal = (reason: string): ArgumentError => new ArgumentError(reason);
