import { codes, identifiers, words } from "./wordRules";
import { numbers } from "./numbers";
import { booleans, dates, times } from "./otherTypes";
import type { Rule } from "./rule";

/**
 * How the type of a column is told, from the surest to the loosest: the first rule that says something decides. A rule looks at
 * the column's profile, that is its different words and what is known of its numbers; it answers with a reading and the reason,
 * or with a question. What a person has set goes before all rules.
 */
export const RULES: readonly Rule[] = [booleans, dates, times, codes, identifiers, numbers, words];
