"""Golden values of the crate `stats` from scipy 1.17.1 and scikit-learn 1.9.1 (numpy 2.4.6).

python tests/reference/stats_golden.py   # writes crates/stats/tests/golden/stats.json
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn import metrics

assert (np.__version__, scipy.__version__, sklearn.__version__) == ("2.4.6", "1.17.1", "1.9.1")
OUT = Path(__file__).resolve().parents[2] / "crates/stats/tests/golden/stats.json"


def main():
    rng = np.random.default_rng(11)
    labels = rng.random(60) < 0.4
    scores = np.round(rng.normal(size=60) + labels, 1)  # rounded: ties
    x = np.round(rng.normal(size=40), 1)
    y = np.round(x + rng.normal(size=40), 1)
    truth, predicted = rng.integers(0, 4, 80), rng.integers(0, 4, 80)
    p = rng.random(25) ** 3
    a, b = rng.normal(size=6), rng.normal(0.8, size=7)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "labels": labels.tolist(),
        "scores": scores.tolist(),
        "auroc": metrics.roc_auc_score(labels, scores),
        "auprc": metrics.average_precision_score(labels, scores),
        "delong_standard_error": delong_standard_error(scores[labels], scores[~labels]),
        "x": x.tolist(),
        "y": y.tolist(),
        "spearman": stats.spearmanr(x, y).statistic,
        "ranks": stats.rankdata(x).tolist(),
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "mcc": metrics.matthews_corrcoef(truth, predicted),
        "f1_macro": metrics.f1_score(truth, predicted, average="macro"),
        "f1_weighted": metrics.f1_score(truth, predicted, average="weighted"),
        "p": p.tolist(),
        "benjamini_hochberg": stats.false_discovery_control(p).tolist(),
        "a": a.tolist(),
        "b": b.tolist(),
        "permutation_p": permutation(a, b),
        "student": stats.t.interval(0.95, len(a) - 1, a.mean(), stats.sem(a)),
    }
    OUT.write_text(json.dumps(document) + "\n")


def delong_standard_error(positive, negative):
    """From its definition: variances of the placements, all pairs compared."""
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    by_positive, by_negative = wins.mean(axis=1), wins.mean(axis=0)
    return float(np.sqrt(by_positive.var(ddof=1) / len(positive) + by_negative.var(ddof=1) / len(negative)))


def permutation(a, b):
    def difference(a, b, axis):
        return np.abs(a.mean(axis=axis) - b.mean(axis=axis))

    found = stats.permutation_test((a, b), difference, vectorized=True, n_resamples=np.inf, alternative="greater")
    return float(found.pvalue)


if __name__ == "__main__":
    main()
