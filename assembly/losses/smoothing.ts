/** The target of one label, moved towards ½ by label smoothing s: t·(1 − s) + s/2. */
// @ts-ignore: decorator
@inline
export function smoothBinary(target: v128, smoothing: v128): v128 {
  const kept = f32x4.mul(target, f32x4.sub(f32x4.splat(1), smoothing));
  return f32x4.add(kept, f32x4.mul(smoothing, f32x4.splat(0.5)));
}
