/**
 * A pole on a cart, to be kept upright by pushing the cart left or right (Barto, Sutton and Anderson 1983): one step is 20 ms.
 */
const GRAVITY = 9.8;
const POLE_MASS = 0.1;
const TOTAL_MASS = 1.1;
/** Half the length of the pole. */
const LENGTH = 0.5;
const FORCE = 10;
const SECONDS = 0.02;
/** How far cart and pole may go: metres from the middle, radians from upright. */
const MOST_POSITION = 2.4;
const MOST_ANGLE = Math.PI / 15;

/** Steps after which an episode ends well. */
export const MOST_STEPS = 500;

/** Position and velocity of the cart, angle and angular velocity of the pole. */
export type State = readonly [number, number, number, number];

/** The state behind a push to the left (0) or to the right (1). */
export function push([position, velocity, angle, turning]: State, action: number): State {
  const force = action === 1 ? FORCE : -FORCE;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const pull = (force + POLE_MASS * LENGTH * turning ** 2 * sine) / TOTAL_MASS;
  const inertia = LENGTH * (4 / 3 - (POLE_MASS * cosine ** 2) / TOTAL_MASS);
  const angular = (GRAVITY * sine - cosine * pull) / inertia;
  const linear = pull - (POLE_MASS * LENGTH * angular * cosine) / TOTAL_MASS;
  return [
    position + SECONDS * velocity,
    velocity + SECONDS * linear,
    angle + SECONDS * turning,
    turning + SECONDS * angular,
  ];
}

export function hasFallen([position, , angle]: State): boolean {
  return Math.abs(position) > MOST_POSITION || Math.abs(angle) > MOST_ANGLE;
}

/** Nearly at rest, nearly upright. */
export function begin(random: () => number): State {
  const near = () => 0.1 * random() - 0.05;
  return [near(), near(), near(), near()];
}
