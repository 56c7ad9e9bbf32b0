"""scikit-misc's loess on generated points, some with many equal abscissae.

    python local_regression.py > loess.json

Out: a list of {name, span, x, y, fitted} or {name, span, x, y, refused}.
"""

import json
import sys

import numpy as np
from skmisc.loess import loess


def case(name, x, y, span=0.3):
    result = {"name": name, "span": span, "x": x.tolist(), "y": y.tolist()}
    try:
        model = loess(x, y, span=span, degree=2)
        model.fit()
        result["fitted"] = model.outputs.fitted_values.tolist()
    except Exception as error:
        result["refused"] = str(error)
    return result


def main():
    random = np.random.default_rng(3)
    cases = []
    for count in (20, 57, 300, 1000):
        noise = lambda x: np.round(np.sin(x) + random.normal(size=count) * 0.1, 6)
        x = np.round(random.normal(size=count), 6)
        cases.append(case(f"{count} different", x, noise(x)))
        cases.append(case(f"{count} different, wide", x, noise(x), 0.75))
        x = np.round(random.normal(size=count), 1)
        cases.append(case(f"{count} with ties", x, noise(x)))
        x = random.integers(0, 4, size=count).astype(float)
        cases.append(case(f"{count} of four values", x, noise(x), 0.5))
    json.dump(cases, sys.stdout, separators=(",", ":"))


main()
