"""Writes elementary.json: values of elementary functions at high precision (mpmath), rounded to float64.

    python3 tests/references/elementary.py
"""

import json
from pathlib import Path

from mpmath import cos, erf, erfinv, exp, expm1, log, log1p, mp, mpf, power, sin, sqrt, tanh

mp.dps = 400

ONE_ARGUMENT = {
    "exp": (exp, [-744.4, -708.5, -700.25, -37.5, -1, -0.35, -1e-9, 0.1, 0.34, 0.35, 1, 2.5, 88.7, 300.125, 709.7]),
    "expm1": (expm1, [-39, -20, -1.05, -0.5, -0.1, -1e-8, 1e-300, 1e-12, 0.003, 0.2, 0.35, 0.7, 1.04, 1.77, 50, 709]),
    "log": (log, [5e-324, 1e-310, 1e-100, 0.1, 0.5, 0.7071, 0.99, 1 - 2**-53, 1 + 2**-52, 1.01, 1.41, 1.42, 2.7, 1e308]),
    "log1p": (log1p, [-1 + 2**-53, -0.99, -0.4, -0.29, -1e-5, -1e-18, 1e-300, 1e-16, 1e-3, 0.397, 0.42, 1, 7.5, 1e18]),
    "tanh": (tanh, [-30, -2, -0.49, 1e-300, 1e-9, 1e-3, 0.1, 0.237, 0.54, 0.56, 1, 3, 10, 19, 21.5]),
    "erf": (
        erf,
        [-6.5, -3, -0.9, -1e-3, 5e-324, 1e-300, 1e-9, 0.01, 0.1, 0.25, 0.5, 0.7, 0.85, 0.99, 1, 1.0001, 1.1, 1.5, 1.9]
        + [2, 2.1, 2.7, 3, 3.3, 3.9, 4, 4.5, 5, 5.5, 5.8, 5.95, 6, 7],
    ),
    "sin": (sin, [-5, 1e-300, 1e-9, 0.5, 0.785, 0.786, 3.141592653589793, 6.28, 22, 355, 1e4 + 0.1, 99999.5, 2e5 / 3, 710000]),
    "cos": (cos, [-5, 0, 1e-9, 0.5, 0.785, 0.786, 1.5707963267948966, 6.28, 11, 355, 1e4 + 0.1, 99999.5, 2e5 / 3, 710000]),
    "normalQuantile": (
        lambda p: sqrt(2) * erfinv(2 * p - 1),
        [1e-300, 1e-40, 1e-11, 1e-6, 0.001, 0.02275, 0.0749, 0.0751, 0.2, 0.49, 0.5, 0.51, 0.9, 0.97725, 1 - 1e-9, 1 - 2**-53],
    ),
}
POWERS = [
    (0.9, 1), (0.999, 1), (0.999, 1000), (0.999, 123456), (0.9, 6900), (0.5, 0.5), (2, 0.5), (2, -1074), (2, 1023),
    (1.4151891111721897, -1452.0557573980275), (1.4151891111721897, 2000), (0.7072, -2040), (1 + 2**-52, 1e18),
    (1 - 2**-53, 1e18), (1e-310, 0.25), (1e-310, -0.75), (1e300, 1.02), (1e300, -1.05), (-3, 33), (-0.1, -4), (10, 308), (10, -308),
    (96, 0.25), (0.96, 1 / 3),
]  # fmt: skip

# 0.1 here means the float64 next to it: mpf of a Python float is exact.
table = {
    name: [[float(x), float(f(mpf(float(x))))] for x in arguments] for name, (f, arguments) in ONE_ARGUMENT.items()
}
table["pow"] = [[float(x), float(y), float(power(mpf(float(x)), mpf(float(y))))] for x, y in POWERS]
rows = ",\n".join(
    f'  "{name}": [\n' + ",\n".join("    " + json.dumps(row) for row in values) + "\n  ]" for name, values in table.items()
)
Path(__file__).with_name("elementary.json").write_text("{\n" + rows + "\n}\n")
