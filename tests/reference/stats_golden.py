"""Golden values of the crate `stats` from scipy 1.17.1, scikit-learn 1.9.1 and statsmodels 0.15.0 (numpy 2.4.6).

python tests/reference/stats_golden.py   # writes crates/stats/tests/golden/stats.json
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import optimize, stats
from sklearn import metrics
from statsmodels.stats.proportion import proportion_confint

assert (np.__version__, scipy.__version__, sklearn.__version__) == ("2.4.6", "1.17.1", "1.9.1")
assert statsmodels.__version__ == "0.15.0"
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
    many = np.random.default_rng(12)
    classes = many.integers(0, 3, 70)
    logits = many.normal(size=(70, 3)) + 1.2 * np.eye(3)[classes]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    uncertainty, losses = np.round(many.random(30), 1), many.random(30)
    differences = many.normal(0.4, size=9)
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
        "delong_logit": delong_logit(labels, scores),
        "newcombe": [newcombe(1.0, 3, 3), newcombe(1.0, 20, 7), newcombe(0.5, 4, 9)],
        "accuracy": metrics.accuracy_score(truth, predicted),
        "classes": classes.tolist(),
        "probabilities": probabilities.ravel().tolist(),
        "brier": metrics.brier_score_loss(classes, probabilities, labels=[0, 1, 2], scale_by_half=False),
        "log_loss": metrics.log_loss(classes, probabilities),
        "ovr_macro": metrics.roc_auc_score(classes, probabilities, multi_class="ovr", average="macro"),
        "ovr_weighted": metrics.roc_auc_score(classes, probabilities, multi_class="ovr", average="weighted"),
        "calibration": calibration(classes, probabilities, 10),
        "rates": [
            {"k": k, "n": n, "exact": proportion_confint(k, n, 0.05, "beta"), "wilson": proportion_confint(k, n, 0.05, "wilson")}
            for k, n in [(0, 7), (3, 11), (11, 11), (240, 1000)]
        ],
        "uncertainty": uncertainty.tolist(),
        "losses": losses.tolist(),
        "risk_area": risk_area(uncertainty, losses),
        "differences": differences.tolist(),
        "sign_flip_p": sign_flip(differences),
        "ties_p": permutation(np.array([1e13, 1, 2, 3]), np.array([1e13, 5, 6, 7])),
        "student": stats.t.interval(0.95, len(a) - 1, a.mean(), stats.sem(a)),
    }
    OUT.write_text(json.dumps(document) + "\n")


def delong_standard_error(positive, negative):
    """From its definition: variances of the placements, all pairs compared."""
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    by_positive, by_negative = wins.mean(axis=1), wins.mean(axis=0)
    return float(np.sqrt(by_positive.var(ddof=1) / len(positive) + by_negative.var(ddof=1) / len(negative)))


def delong_logit(labels, scores):
    """DeLong's error carried to the logit of the area."""
    area = metrics.roc_auc_score(labels, scores)
    spread = delong_standard_error(scores[labels], scores[~labels]) / (area * (1 - area))
    z = stats.norm.ppf(0.975)
    logit = np.log(area / (1 - area))
    return [float(1 / (1 + np.exp(-(logit + side * z * spread)))) for side in (-1, 1)]


def newcombe(area, m, n):
    """The two roots of his method 5, by Brent's method."""
    k, z = (m + n) / 2, stats.norm.ppf(0.975)

    def beyond(t):
        spread = 1 + (k - 1) * (1 - t) / (2 - t) + (k - 1) * t / (1 + t)
        return (t - area) ** 2 - z * z * t * (1 - t) * spread / (m * n)

    low = optimize.brentq(beyond, 1e-9, area - 1e-9, xtol=1e-14)
    return [low, 1.0 if area == 1 else optimize.brentq(beyond, area + 1e-9, 1 - 1e-9, xtol=1e-14)]


def calibration(truth, probabilities, bins):
    """Guo et al. 2017, equation 5, bins open below."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    total, edges = 0.0, np.linspace(0, 1, bins + 1)
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return float(total)


def risk_area(uncertainty, losses):
    """The mean over examples of the mean loss of those that are as sure or surer."""
    return float(np.mean([losses[uncertainty <= u].mean() for u in uncertainty]))


def sign_flip(differences):
    def size(x, axis):
        return np.abs(x.mean(axis=axis))

    found = stats.permutation_test(
        (differences,), size, permutation_type="samples", vectorized=True, n_resamples=np.inf, alternative="greater"
    )
    return float(found.pvalue)


def permutation(a, b):
    def difference(a, b, axis):
        return np.abs(a.mean(axis=axis) - b.mean(axis=axis))

    found = stats.permutation_test((a, b), difference, vectorized=True, n_resamples=np.inf, alternative="greater")
    return float(found.pvalue)


if __name__ == "__main__":
    main()
