"""Golden values of the crate `probe` from scikit-learn 1.9.1 and XGBoost 3.2.0 (numpy 2.4.6, scipy 1.17.1).

python tests/reference/probe_golden.py   # writes crates/probe/tests/golden/probe.json
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
import xgboost
from sklearn import decomposition, linear_model, metrics

VERSIONS = (np.__version__, scipy.__version__, sklearn.__version__, xgboost.__version__)
assert VERSIONS == ("2.4.6", "1.17.1", "1.9.1", "3.2.0"), VERSIONS
OUT = Path(__file__).resolve().parents[2] / "crates/probe/tests/golden/probe.json"


def main():
    rng = np.random.default_rng(18)
    classes, rows, columns = 4, 160, 6
    labels = rng.integers(0, classes, rows)
    mixing = rng.normal(size=(columns, columns))
    # Single precision, so that XGBoost sees the same numbers; correlated columns with means.
    signal = rng.normal(size=(classes, columns))[labels] + rng.normal(size=(rows, columns))
    x = (signal @ mixing + 2.0).astype(np.float32)
    document = {"x": rounded(x), "labels": labels.tolist(), "classes": classes}
    x = x.astype(np.float64)
    document["ridge"] = ridge(x, rng)
    document["ridge_classifier"] = ridge_classifier(x, labels)
    document["logistic"] = [logistic(x, labels, c, None) for c in (0.01, 1.0, 100.0)]
    document["logistic_balanced"] = logistic(x, labels, 1.0, "balanced")
    binary = (labels >= 2).astype(int)
    document["logistic_binary"] = [logistic(x, binary, c, None) for c in (0.1, 10.0)]
    document["pca"] = pca(x)
    document["trees"] = trees(x, labels, classes)
    document["trees_binary"] = trees(x, binary, 2)
    document["scores"] = scores(rng, 3)
    document["scores_binary"] = scores(rng, 2)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(document) + "\n")


def rounded(x):
    return [[float(v) for v in row] for row in x]


def ridge(x, rng):
    y = x[:, :2] @ rng.normal(size=(2, 2)) + rng.normal(size=(len(x), 2))
    models = [linear_model.Ridge(alpha=alpha, solver="cholesky").fit(x, y) for alpha in (0.1, 10.0)]
    # Fewer rows than columns.
    wide = linear_model.Ridge(alpha=0.5, solver="cholesky").fit(x[:5], y[:5])
    found = [{"alpha": m.alpha, "weights": m.coef_.tolist(), "intercept": m.intercept_.tolist()} for m in [*models, wide]]
    return {"y": y.tolist(), "models": found}


def ridge_classifier(x, labels):
    model = linear_model.RidgeClassifier(alpha=2.0, solver="cholesky").fit(x, labels)
    return model.decision_function(x).tolist()


def logistic(x, labels, c, class_weight):
    model = linear_model.LogisticRegression(
        C=c, tol=1e-12, max_iter=100_000, class_weight=class_weight, solver="newton-cg"
    ).fit(x, labels)
    return {
        "c": c,
        "labels": labels.tolist(),
        "weights": model.coef_.tolist(),
        "intercept": model.intercept_.tolist(),
        "probabilities": model.predict_proba(x[:5]).tolist(),
    }


def pca(x):
    model = decomposition.PCA(3, svd_solver="full").fit(x)
    return {
        "reduced": np.abs(model.transform(x[:7])).tolist(),
        "explained": float(model.explained_variance_ratio_.sum()),
    }


def trees(x, labels, classes):
    """Trained on the first 120 rows, probabilities of all; XGBoost's exact greedy search."""
    softmax = {"objective": "multi:softprob", "num_class": classes}
    objective = softmax if classes > 2 else {"objective": "binary:logistic"}
    params = objective | {
        "tree_method": "exact",
        "max_depth": 3,
        "eta": 0.1,
        "lambda": 1.0,
        "min_child_weight": 1.0,
        "base_score": 0.5,
        "nthread": 1,
    }
    model = xgboost.train(params, xgboost.DMatrix(x[:120], label=labels[:120]), 30)
    return {"labels": labels.tolist(), "probabilities": model.predict(xgboost.DMatrix(x)).tolist()}


def scores(rng, classes, rows=90, bins=15):
    truth = rng.integers(0, classes, rows)
    truth[:classes] = range(classes)
    p = np.round(rng.dirichlet(np.ones(classes), rows) + 0.3 * np.eye(classes)[truth], 2)  # rounded: ties
    p /= p.sum(axis=1, keepdims=True)
    predicted = p.argmax(axis=1)
    auroc = metrics.roc_auc_score(truth, p if classes > 2 else p[:, 1], multi_class="ovr")
    one_hot = np.eye(classes)[truth]
    auprc = metrics.average_precision_score(one_hot if classes > 2 else truth, p if classes > 2 else p[:, 1])
    brier = metrics.brier_score_loss(truth, p if classes > 2 else p[:, 1])
    return {
        "truth": truth.tolist(),
        "probabilities": p.tolist(),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "mcc": metrics.matthews_corrcoef(truth, predicted),
        "f1_macro": metrics.f1_score(truth, predicted, average="macro"),
        "f1_weighted": metrics.f1_score(truth, predicted, average="weighted"),
        "auroc": auroc,
        "auprc": auprc,
        "brier": brier,
        "log_loss": metrics.log_loss(truth, p),
        "calibration_error": calibration_error(truth, p, bins),
    }


def calibration_error(truth, p, bins):
    """Guo et al. 2017: confidence of the class predicted, equal bins of (0, 1], closed on the right."""
    confidence, right = p.max(axis=1), p.argmax(axis=1) == truth
    place = np.ceil(confidence * bins).astype(int) - 1
    parts = [abs(right[place == b].mean() - confidence[place == b].mean()) * (place == b).mean() for b in set(place)]
    return float(sum(parts))


if __name__ == "__main__":
    main()
