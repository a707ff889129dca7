/** Why a node cannot be taken over: caught where nodes are walked, and told with all others. */
export class Refusal extends Error {}
