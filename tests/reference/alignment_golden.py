"""Golden values of overlap, local Spearman, Procrustes, CKA, CCA, CSLS and cloud shapes on small tables.

Pinned: numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1, torch 2.15, ckatorch 1.0.3 (installed with --no-deps).
Run: python tests/reference/alignment_golden.py [--published METRICS.PY]
Writes crates/alignment/tests/golden/alignment.json. METRICS.PY is src/analyze/metrics.py of github.com/lbcb-sci/GFMs at
277899cd58a030f07de19d13252c9bc22fb9f06e; with it the values of the published functions are written too (torchmetrics
1.9.0 and lightning-utilities are then needed), without it those of the last run are kept.
"""

import argparse
import importlib.util
import json
import sys
import types
from importlib import metadata
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.spatial
import scipy.stats
import torch
from sklearn.cross_decomposition import CCA
from sklearn.neighbors import NearestNeighbors

PINS = {"numpy": "2.4.6", "scipy": "1.17.1", "scikit-learn": "1.9.1", "torch": "2.15.0", "ckatorch": "1.0.3"}
OUT = Path(__file__).resolve().parents[2] / "crates/alignment/tests/golden/alignment.json"
OVERLAP = [1, 3, 5, 10, 20, 50]
SPEARMAN = [3, 5, 10, 20, 50]


def main():
    for package, version in PINS.items():
        found = metadata.version(package).partition("+")[0]
        assert found == version, f"{package}: expected {version}, found {found}"
    parser = argparse.ArgumentParser()
    parser.add_argument("--published")
    options = parser.parse_args()
    a, b = tables()
    signs = [np.sign(np.random.default_rng(seed).standard_normal((40, 16))) for seed in (3, 4)]
    document = {
        "a": a.tolist(),
        "b": b.tolist(),
        "signs_a": signs[0].tolist(),
        "signs_b": signs[1].tolist(),
        "overlap": [[k, overlap(a, b, k)] for k in OVERLAP],
        "spearman": [[k, *spearman(a, b, k)] for k in SPEARMAN],
        "tied_spearman": [[k, *spearman(*signs, k)] for k in [3, 5, 10, 20, 39]],
        "procrustes": procrustes(a, b),
        "cka": kernel_alignment(a, b),
        "cca": canonical(a, b),
        "csls": csls(a, b, 5),
        "cloud": cloud(a),
    }
    document["published"] = published(options.published, a, b)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(document) + "\n")


def tables():
    """Two tables with a common part, as single precision numbers."""
    rng = np.random.default_rng(1)
    shared = rng.standard_normal((60, 6)) + 0.3
    a = shared + 0.5 * rng.standard_normal((60, 6))
    b = shared @ np.linalg.qr(rng.standard_normal((6, 6)))[0] + 0.5 * rng.standard_normal((60, 6))
    return a.astype(np.float32).astype(float), b.astype(np.float32).astype(float)


def cosines(x):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    return unit @ unit.T


def neighbours(x, k):
    """Indices of the k nearest others by cosine, ties by index."""
    c = np.round(cosines(x), 12)
    np.fill_diagonal(c, -np.inf)
    return np.argsort(-c, axis=1, kind="stable")[:, :k]


def overlap(a, b, k):
    """By scikit-learn's brute-force neighbours, self removed by its index."""
    near = []
    for x in (a, b):
        index = NearestNeighbors(n_neighbors=k + 1, algorithm="brute", metric="cosine").fit(x)
        found = index.kneighbors(x, return_distance=False)
        near.append([set(row) - {i} for i, row in enumerate(found.tolist())])
    return float(np.mean([len(p & q) / len(p | q) for p, q in zip(*near)]))


def spearman(a, b, k):
    ca, cb = np.round(cosines(a), 12), np.round(cosines(b), 12)
    means = []
    for near in (neighbours(a, k), neighbours(b, k)):
        rows = range(len(a))
        spread = [i for i in rows if np.ptp(ca[i, near[i]]) > 0 and np.ptp(cb[i, near[i]]) > 0]
        means.append(float(np.mean([scipy.stats.spearmanr(ca[i, near[i]], cb[i, near[i]]).statistic for i in spread])))
    return means


def procrustes(a, b):
    x, y, disparity = scipy.spatial.procrustes(a, b)
    rows = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    centred = [t - t.mean(0) for t in (a, b)]
    rotation, trace = scipy.linalg.orthogonal_procrustes(centred[1], centred[0])
    raw = np.linalg.norm(centred[0] - centred[1] @ rotation) ** 2
    return {
        "disparity": disparity,
        "cosine": float(((x * y).sum(1) / rows).mean()),
        "residuals": np.linalg.norm(x - y, axis=1).tolist(),
        "raw_disparity_without_scale": raw,
        "raw_trace": trace,
    }


def kernel_alignment(a, b):
    core = reference_cka()
    x, y = torch.from_numpy(a), torch.from_numpy(b)
    values = {
        f"{kernel}_{name}": core.cka_base(x, y, kernel=kernel, unbiased=unbiased).item()
        for kernel in ("linear", "rbf")
        for name, unbiased in (("biased", False), ("debiased", True))
    }
    values["linear_minibatch_20"] = core.cka_batch(x.reshape(3, 20, 6), y.reshape(3, 20, 6)).item()
    return values


def reference_cka():
    """ckatorch.core without the plotting half of the package, whose dependencies are not needed here."""
    for name in ("plot", "cka"):
        stub = types.ModuleType(f"ckatorch.{name}")
        stub.CKA = stub.plot_cka = None
        sys.modules[stub.__name__] = stub
    import ckatorch.core

    return ckatorch.core


def canonical(a, b):
    u, v = CCA(n_components=6, max_iter=100000, tol=1e-14, scale=False).fit_transform(a, b)
    return [float(np.corrcoef(u[:, i], v[:, i])[0, 1]) for i in range(6)]


def csls(a, b, k):
    x, y, _ = scipy.spatial.procrustes(a, b)
    x, y = (t / np.linalg.norm(t, axis=1, keepdims=True) for t in (x, y))
    c = x @ y.T
    near_x = np.sort(c, axis=1)[:, -k:].mean(1)
    near_y = np.sort(c, axis=0)[-k:].mean(0)
    scaled = 2 * c - near_x[:, None] - near_y[None]
    hits = np.arange(len(a))
    return [float((c.argmax(1) == hits).mean()), float((scaled.argmax(1) == hits).mean())]


def cloud(a):
    unit = a / np.linalg.norm(a, axis=1, keepdims=True)
    upper = np.triu_indices(len(a), 1)
    raw = np.linalg.svd(unit, compute_uv=False) ** 2
    sigma = np.linalg.svd(a - a.mean(0), compute_uv=False)
    return {
        "average_cosine": float((unit @ unit.T)[upper].mean()),
        "anisotropy": float(raw[0] / raw.sum()),
        "uniformity": float(np.log(np.exp(-2 * scipy.spatial.distance.pdist(unit, "sqeuclidean")).mean())),
        "effective_rank": float(np.exp(scipy.stats.entropy(sigma / sigma.sum()))),
        "participation_ratio": float((sigma**2).sum() ** 2 / (sigma**4).sum()),
    }


def published(path, a, b):
    if path is None:
        return json.loads(OUT.read_text())["published"]
    reference_cka()
    sys.modules["ckatorch"].cka_base = sys.modules["ckatorch.core"].cka_base
    spec = importlib.util.spec_from_file_location("published_metrics", path)
    metrics = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(metrics)
    x, y = (torch.from_numpy(t).double() for t in (a, b))
    ca, cb = metrics.cosine_similarity(x, x), metrics.cosine_similarity(y, y)
    return {
        "overlap": [[k, metrics.topk_overlap(ca, cb, k).item()] for k in OVERLAP],
        "spearman": [[k, metrics.local_spearman_correlation(ca, cb, k).item()] for k in SPEARMAN],
        "linear_cka": metrics.centered_kernel_alignment(x, y, "linear").item(),
        "rbf_cka": metrics.centered_kernel_alignment(x, y, "rbf").item(),
    }


if __name__ == "__main__":
    main()
