#!/usr/bin/env python3
"""Writes report.json: what scikit-learn says of outcomes, for the figures of reports.

Run (Debian's python3-sklearn, scikit-learn 1.2.1):   /usr/bin/python3 tests/references/report.py

Scores are multiples of 1/64, many of them equal, so that ties matter and float32 holds them. Each case of classes has probabilities
[rows, classes] whose rows sum to 1, and the true classes; each case of quantities true and predicted values.
"""
import json
import pathlib
import warnings

import numpy as np
from sklearn import metrics

warnings.simplefilter("ignore")
random = np.random.RandomState(17)


def classes(name, truth, scores):
    truth, scores = np.array(truth), np.array(scores, float)
    rows, count = scores.shape
    guess = scores.argmax(1)
    labels = list(range(count))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, guess, labels=labels, zero_division=0)
    one = np.eye(count)[truth]
    occurring = sorted(set(truth) | set(guess))
    mean = metrics.precision_recall_fscore_support(truth, guess, labels=occurring, average="macro", zero_division=0)
    areas = [metrics.roc_auc_score(one[:, k], scores[:, k]) if 0 < one[:, k].sum() < rows else None for k in labels]
    average = [metrics.average_precision_score(one[:, k], scores[:, k]) if one[:, k].sum() > 0 else None for k in labels]
    brier = metrics.brier_score_loss(truth, scores[:, 1]) if count == 2 else float(((scores - one) ** 2).sum(1).mean())
    return {
        "name": name, "truth": truth.tolist(), "scores": scores.tolist(), "accuracy": metrics.accuracy_score(truth, guess),
        "confusion": metrics.confusion_matrix(truth, guess, labels=labels).tolist(), "precision": precision.tolist(),
        "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(), "macro": [float(v) for v in mean[:3]],
        "rocAuc": areas, "averagePrecision": average, "brier": brier,
        "logLoss": metrics.log_loss(truth, scores, labels=labels),
    }


def drawn(rows, count, steps):
    """Probabilities in multiples of 1/steps that know a little of the truth."""
    truth = random.randint(count, size=rows)
    parts = random.randint(1, steps // 4, size=(rows, count)).astype(float)
    parts[np.arange(rows), truth] += random.randint(0, steps // 4, size=rows)
    scores = np.floor(steps * parts / parts.sum(1, keepdims=True))
    scores[:, -1] = steps - scores[:, :-1].sum(1)
    return truth, scores / steps


def quantity(name, truth, guess):
    truth, guess = np.array(truth, float), np.array(guess, float)
    constant = bool((truth == truth[0]).all())
    return {
        "name": name, "truth": truth.tolist(), "guess": guess.tolist(), "mae": metrics.mean_absolute_error(truth, guess),
        "rmse": metrics.mean_squared_error(truth, guess, squared=False), "r2": None if constant else metrics.r2_score(truth, guess),
    }


y = random.randint(-400, 400, size=300) / 8
CASES = {
    "classes": [
        classes("two, few ties", *drawn(60, 2, 64)),
        classes("two, scores in eighths", *drawn(200, 2, 8)),
        classes("all scores are the same", [0, 1, 1, 0, 1, 0, 0], [[0.5, 0.5]] * 7),
        classes("right order with a tie across the border", [0, 0, 1, 1, 0], [[0.25, 0.75], [0.25, 0.75], [0.25, 0.75], [0.75, 0.25], [0.75, 0.25]]),
        classes("only one class is there", [1, 1, 1], [[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]]),
        classes("three", *drawn(150, 3, 32)),
        classes("one of four is never there", [0, 1, 3, 3, 0, 1], [[0.5, 0.25, 0.25, 0], [0, 0.5, 0.25, 0.25], [0, 0, 0.75, 0.25], [0, 0.25, 0.25, 0.5], [0.25, 0.75, 0, 0], [0, 1, 0, 0]]),
        classes("twelve", *drawn(400, 12, 128)),
        classes("sure and wrong", [0, 1, 0, 1], [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
    ],
    "quantities": [
        quantity("near", y, y + random.randint(-40, 40, size=300) / 8),
        quantity("worse than the mean", [1, 2, 3, 4], [4, 3, 2, 1]),
        quantity("far from 0", 1e9 + y, 1e9 + y + random.randint(-8, 8, size=300) / 8),
        quantity("constant", [3, 3, 3], [2, 3, 4]),
        quantity("one row", [5], [7]),
        quantity("perfect", [1, 2, 4], [1, 2, 4]),
    ],
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(CASES) + "\n")
