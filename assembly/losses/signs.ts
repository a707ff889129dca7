/** Targets of the hinge losses: 0 stands for −1. */
// @ts-ignore: decorator
@inline
export function signOf(target: v128): v128 {
  const isZero = f32x4.eq(target, f32x4.splat(0));
  return f32x4.sub(target, v128.and(isZero, f32x4.splat(1)));
}
