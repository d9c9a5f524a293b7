"""Golden values of the crate `divergence` from scipy 1.17.1 (numpy 2.4.6) and from the published study's own functions
(github.com/lbcb-sci/GFMs, run with torch 2.15.0), which are read from a checkout of it and are no part of this repository.

python tests/reference/divergence_golden.py CHECKOUT   # writes crates/divergence/tests/golden/divergence.json
"""

import ast
import json
import sys
from pathlib import Path

import numpy as np
import scipy
import torch
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy
from torch import Tensor

assert (np.__version__, scipy.__version__) == ("2.4.6", "1.17.1") and torch.__version__.startswith("2.15.0")
OUT = Path(__file__).resolve().parents[2] / "crates/divergence/tests/golden/divergence.json"
MASSES = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
MEMBERS, POSITIONS, TOKENS = 3, 4, 24


def main():
    rng = np.random.default_rng(5)
    shared = rng.normal(size=(1, POSITIONS, TOKENS))
    logits = np.round(1.5 * shared + rng.normal(size=(MEMBERS, POSITIONS, TOKENS)), 3).astype(np.float32)
    document = {
        "masses": MASSES,
        "logits": [member.flatten().tolist() for member in logits],
        "tokens": TOKENS,
        "published": published(functions(Path(sys.argv[1])), torch.from_numpy(logits)),
        "scipy": of_scipy(scipy.special.softmax(logits.astype(np.float64), axis=-1)),
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(document) + "\n")


def functions(checkout):
    """The published functions by name, taken from their files without the rest of what those import."""
    wanted = {"kl_divergence", "jensen_shannon_distance", "top_p_reweight"}
    found = {"torch": torch, "Tensor": Tensor}
    for path in ["src/analyze/metrics.py", "src/analyze/distribution/distribution.py"]:
        tree = ast.parse((checkout / path).read_text())
        tree.body = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in wanted]
        exec(compile(tree, path, "exec"), found)
    return found


def published(f, logits):
    p = torch.softmax(logits, dim=-1)
    uniform = torch.full_like(p, 1 / TOKENS)
    cut = {mass: f["top_p_reweight"](p, mass) for mass in MASSES}
    pairs = [(i, j) for i in range(MEMBERS) for j in range(i + 1, MEMBERS)]

    def distance(i, j, mass):
        return f["jensen_shannon_distance"](cut[mass][i], cut[mass][j]).mean().item()

    return {
        "kl_from_uniform_bits": f["kl_divergence"](uniform, p).mean(dim=1).tolist(),
        "kl_to_uniform_bits": f["kl_divergence"](p, uniform).mean(dim=1).tolist(),
        "js_distance": [[distance(i, j, mass) for mass in MASSES] for i, j in pairs],
    }


def of_scipy(p):
    a, b = p[0], p[1]
    return {
        "entropy_bits": [entropy(row, base=2) for row in a],
        "kl_bits": [entropy(x, y, base=2) for x, y in zip(a, b)],
        "js_distance": [jensenshannon(x, y, base=2) for x, y in zip(a, b)],
    }


if __name__ == "__main__":
    main()
