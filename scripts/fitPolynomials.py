"""The polynomials of src/numeric/errorFunction.ts and assembly/vector.ts: minimax fits by Remez exchange.

    python3 scripts/fitPolynomials.py        (needs mpmath)

Prints, for each, the largest weighted error and the coefficients, lowest power first.
"""

from mpmath import atanh, cos, erf, erfc, exp, expm1, log, lu_solve, matrix, mp, mpf, nstr, pi, polyval, sqrt

mp.dps = 50
GRID = 600


def minimax(f, weight, a, b, degree):
    """The polynomial p of this degree that minimises max |weight(x) · (p(x) − f(x))| over [a, b]."""
    a, b = mpf(a), mpf(b)
    count = degree + 2
    # Chebyshev points: the extrema of the error lie close to those of a Chebyshev polynomial.
    grid = [(a + b) / 2 - (b - a) / 2 * cos(pi * i / GRID) for i in range(GRID + 1)]
    values, weights = [f(x) for x in grid], [weight(x) for x in grid]
    chosen = [round(i * GRID / (count - 1)) for i in range(count)]
    for _ in range(20):
        # Solve for the coefficients and the levelled error: p(x_i) ± error / weight(x_i) = f(x_i).
        rows = matrix(count, count)
        for i, g in enumerate(chosen):
            for j in range(degree + 1):
                rows[i, j] = grid[g] ** j
            rows[i, degree + 1] = (-1) ** i / weights[g]
        solution = lu_solve(rows, matrix([values[g] for g in chosen]))
        coefficients = [solution[j] for j in range(degree + 1)]
        errors = [w * (polyval(coefficients[::-1], x) - v) for x, v, w in zip(grid, values, weights)]
        exchanged = extrema(errors, count)
        if exchanged == chosen:
            break
        chosen = exchanged
    return coefficients, max(abs(e) for e in errors)


def extrema(errors, count):
    """Where the error is largest within each run of one sign; of too many, the outer smaller ones go."""
    found = []
    for i, e in enumerate(errors):
        if found and (errors[found[-1]] >= 0) == (e >= 0):
            if abs(e) > abs(errors[found[-1]]):
                found[-1] = i
        else:
            found.append(i)
    while len(found) > count:
        found.pop(0 if abs(errors[found[0]]) < abs(errors[found[-1]]) else -1)
    return found


def show(name, fit, digits):
    coefficients, error = fit
    print(f"{name}: error {nstr(error, 2)}")
    for c in coefficients:
        print(f"    {float(c)!r}" if digits > 16 else f"    {nstr(c, digits)}")


def erf_near(z):
    """erf(x)/x − 1 of z = x²."""
    return (erf(sqrt(z)) / sqrt(z) if z else 2 / sqrt(pi)) - 1


def argument(u):
    """The x of u = (x − 2)/(x + 2)."""
    return 2 * (1 + u) / (1 - u)


def upper(u):
    """The t of u = t/(t + 4)."""
    return 4 * u / (1 - u)


def exponential_tail(r):
    """(e^r − 1 − r)/r²."""
    return (exp(r) - 1 - r) / r**2 if abs(r) > mpf("1e-10") else mpf(1) / 2 + r / 6


def artanh_tail(z):
    """(2 artanh(s)/s − 2)/z of z = s²."""
    return (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z if z > mpf("1e-20") else mpf(2) / 3


# A weight must not be 0, where the function does not depend on the polynomial.
TINY = mpf("1e-9")
half_ln2 = log(2) / 2 * mpf("1.001")
largest_s = (sqrt(2) - 1) / (sqrt(2) + 1)

print("float64")
show("erf, |x| ≤ 1, of x²", minimax(erf_near, lambda z: 1 / (erf_near(z) + 1), 0, 1, 12), 17)
show(
    "e^{x²}·erfc(x), 1 ≤ x ≤ 6, of (x − 2)/(x + 2)",
    minimax(
        lambda u: exp(argument(u) ** 2) * erfc(argument(u)),
        lambda u: exp(-(argument(u) ** 2)),
        mpf(-1) / 3,
        mpf(1) / 2,
        12,
    ),
    17,
)
print("float32")
show(
    "(e^r − 1 − r)/r²",
    minimax(exponential_tail, lambda r: (abs(r * r / expm1(r)) if r else 0) + TINY, -half_ln2, half_ln2, 4),
    10,
)
show(
    "(2 artanh(s) − 2s)/s³ of s²",
    minimax(artanh_tail, lambda z: z / 2 + mpf("1e-6"), 0, largest_s**2 * mpf("1.001"), 2),
    10,
)
show("erf, |x| ≤ 0.9, of x²", minimax(erf_near, lambda z: 1 / (erf_near(z) + 1), 0, mpf("0.81"), 5), 10)
show(
    "e^{x²}·erfc(x), 0.9 ≤ x ≤ 4, of x",
    minimax(lambda x: exp(x * x) * erfc(x), lambda x: exp(-x * x) / erf(x), mpf("0.9"), 4, 7),
    10,
)
show(
    "Φ(−t)·e^{t²/2}, 0 ≤ t ≤ 6, of u = t/(t + 4)",
    minimax(
        lambda u: exp(upper(u) ** 2 / 2) * erfc(upper(u) / sqrt(2)) / 2,
        lambda u: exp(-(upper(u) ** 2) / 2) * max(upper(u), mpf(1)),
        0,
        mpf("0.6"),
        6,
    ),
    10,
)
