import { exp } from "./exponential";

/**
 * The error function 2/√π ∫₀ˣ e^{−t²} dt. Error below 1 ulp.
 *
 *   |x| ≤ 1:      erf(x) = x + x·P(x²), P of degree 12, relative error 2⁻⁶²
 *   1 < |x| < 6:  erf(x) = 1 − e^{−x²}·Q(u), u = (x − 2)/(x + 2), Q of degree 12, error of the product 6e-19
 *                 (the variable is that of Shepherd & Laframboise 1981)
 *
 * Both polynomials are minimax fits: `scripts/fitPolynomials.py`.
 */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude <= 1) return x + x * nearZero(x * x);
  // Not merely returning x keeps NaN.
  if (magnitude >= 6) return x < 0 ? -1 : 1;
  if (Number.isNaN(x)) return x;
  const complement = exp(-x * x) * scaledComplement((magnitude - 2) / (magnitude + 2));
  return x < 0 ? complement - 1 : 1 - complement;
}

/** erf(x)/x − 1 as a polynomial of z = x². */
function nearZero(z: number): number {
  let p = 5.945262640753955e-11;
  p = p * z - 1.1365666624567702e-9;
  p = p * z + 1.465788005199366e-8;
  p = p * z - 1.6350025260055095e-7;
  p = p * z + 1.6460972821184672e-6;
  p = p * z - 1.4925593507190661e-5;
  p = p * z + 0.00012055331036913794;
  p = p * z - 0.0008548326978742633;
  p = p * z + 0.005223977624780875;
  p = p * z - 0.026866170645072896;
  p = p * z + 0.11283791670954857;
  p = p * z - 0.3761263890318375;
  return p * z + 0.1283791670955126;
}

/** e^{x²}·erfc(x) as a polynomial of u = (x − 2)/(x + 2). */
function scaledComplement(u: number): number {
  let q = -1.2644107643883386e-5;
  q = q * u - 2.661149790186677e-5;
  q = q * u + 2.7623177817262596e-5;
  q = q * u + 0.00017428846952262928;
  q = q * u + 4.35361605560851e-5;
  q = q * u - 0.0009819764792189489;
  q = q * u - 0.0008471425904872743;
  q = q * u + 0.006997461785657342;
  q = q * u + 0.003732892398538638;
  q = q * u - 0.07897858101641561;
  q = q * u + 0.24165819424246882;
  q = q * u - 0.4271858474139568;
  return q * u + 0.25539567631050575;
}
