import { layers, losses, type Model, type Node, ops, optimizers, sequential, tensor } from "wasmgrad";
import { begin, hasFallen, MOST_STEPS, push, type State } from "./cartPole";
import { randomFrom } from "../random";

/** What a reward one step later is worth. */
const DISCOUNT = 0.99;
/** Poles that are balanced at once. */
const POLES = 16;
const BATCH = 1024;

/**
 * −advantage · log p(action). Targets are pairs: the action that was taken, and how much better than usual it turned out. The
 * gradient makes good actions likelier, bad ones less likely.
 */
function policyLoss(target: Node, scores: Node): Node {
  const action = ops.cast(ops.slice(target, [0, 0], [null, 1]), "int32");
  const advantage = ops.slice(target, [0, 1], [null, 1]);
  const logProbability = ops.takeAlongAxis(ops.logSoftmax(scores), action, { axis: 1 });
  return ops.negative(ops.multiply(advantage, logProbability));
}

export function makePolicy(seed: number): Model {
  const policy = sequential({
    seed,
    layers: [layers.dense({ units: 64, activation: "tanh", inputShape: [4] }), layers.dense({ units: 2 })],
  });
  const loss = losses.custom(policyLoss, { targetShape: [2] });
  policy.compile({ optimizer: optimizers.adam({ learningRate: 0.003 }), loss });
  return policy;
}

/** Steps of one pole: the states, what was done in them, and nothing else, as every step is rewarded by 1. */
interface Episode {
  readonly states: State[];
  readonly actions: number[];
}

/**
 * Balances poles until all have fallen; one prediction a step for those that stand.
 *
 * @param choose the action for the scores of push left and push right
 */
async function play(
  policy: Model,
  poles: number,
  random: () => number,
  choose: (left: number, right: number) => number,
) {
  const episodes: Episode[] = Array.from({ length: poles }, () => ({ states: [begin(random)], actions: [] }));
  let standing = episodes;
  for (let step = 0; step < MOST_STEPS && standing.length > 0; step++) {
    const { data } = await policy.predict(
      standing.map(({ states }) => [...states[step]]),
      { batchSize: POLES },
    );
    standing.forEach(({ states, actions }, i) => {
      const action = choose(data[2 * i], data[2 * i + 1]);
      actions.push(action);
      states.push(push(states[step], action));
    });
    standing = standing.filter(({ states }) => !hasFallen(states[step + 1]));
  }
  return episodes;
}

/** What came of each action: the rewards behind it, later ones worth less. */
function returnsOf({ actions }: Episode): number[] {
  const returns = new Array<number>(actions.length);
  let sum = 0;
  for (let i = actions.length - 1; i >= 0; i--) returns[i] = sum = 1 + DISCOUNT * sum;
  return returns;
}

/** How much better than the poles that stood as long, in units of their spread: what was usual depends on the step. */
function advantagesOf(returns: readonly (readonly number[])[]): number[] {
  const better = returns.flatMap((own) =>
    own.map((value, step) => {
      const others = returns.filter(({ length }) => length > step);
      return value - others.reduce((sum, other) => sum + other[step], 0) / others.length;
    }),
  );
  const spread = Math.sqrt(better.reduce((sum, value) => sum + value ** 2, 0) / better.length) || 1;
  return better.map((value) => value / spread);
}

/**
 * Policy gradients (REINFORCE, Williams 1992): play, then make likelier what turned out better than usual. Returns the trained
 * policy, and how long the poles stood in each round.
 */
export async function learn(rounds: number, seed: number, tell: (round: number, length: number) => void = () => {}) {
  const random = randomFrom(seed);
  const policy = makePolicy(seed);
  const lengths: number[] = [];
  /** By the softmax of two scores. */
  const draw = (left: number, right: number) => (random() < 1 / (1 + Math.exp(right - left)) ? 0 : 1);
  for (let round = 0; round < rounds; round++) {
    const episodes = await play(policy, POLES, random, draw);
    const advantages = advantagesOf(episodes.map(returnsOf));
    const states = episodes.flatMap((episode) => episode.states.slice(0, episode.actions.length).flat());
    const actions = episodes.flatMap((episode) => episode.actions);
    const targets = actions.flatMap((action, i) => [action, advantages[i]]);
    const count = actions.length;
    await policy.fit(tensor(states, [count, 4]), tensor(targets, [count, 2]), { batchSize: BATCH });
    lengths.push(count / POLES);
    tell(round, count / POLES);
  }
  return { policy, lengths };
}

/** How long each of some new poles stands when the likelier action is always taken. */
export async function balance(policy: Model, poles: number, seed: number): Promise<number[]> {
  const episodes = await play(policy, poles, randomFrom(seed), (left, right) => (left > right ? 0 : 1));
  return episodes.map(({ actions }) => actions.length);
}
