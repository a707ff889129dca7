/** States of a cart-pole and values of its two actions, made up: what is timed does not depend on them. */
export const SAMPLES = 32;
const wave = (count, pace) => Float32Array.from({ length: count }, (_, i) => Math.sin(pace * i));
export const states = wave(SAMPLES * 4, 0.7);
export const targets = wave(SAMPLES * 2, 1.3);
