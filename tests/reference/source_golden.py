"""Golden values of the crate `source` from numpy 2.4.6.

python tests/reference/source_golden.py   # writes crates/source/tests/golden/source.json

Entropy rates from the leading left eigenvector of the transition matrix; probabilities and posteriors of a hidden Markov
source as products of matrices.
"""

import json
from pathlib import Path

import numpy as np

assert np.__version__ == "2.4.6"
OUT = Path(__file__).resolve().parents[2] / "crates/source/tests/golden/source.json"


def stationary(matrix):
    values, vectors = np.linalg.eig(matrix.T)
    leading = np.real(vectors[:, np.argmax(np.real(values))])
    return leading / leading.sum()


def markov(rng, size, order):
    table = rng.dirichlet(np.full(size, 0.6), size**order)
    contexts = size**order
    matrix = np.zeros((contexts, contexts))
    for c in range(contexts):
        for x in range(size):
            matrix[c, (c * size + x) % contexts] += table[c, x]
    pi = stationary(matrix)
    rate = float(-(pi[:, None] * table * np.log2(table)).sum())
    return {"size": size, "order": order, "table": table.ravel().tolist(), "rate_bits": rate}


def hidden(rng, states, size, length):
    transition = rng.dirichlet(np.ones(states), states)
    emission = rng.dirichlet(np.ones(size), states)
    pi = stationary(transition)
    symbols = rng.integers(0, size, length)
    visible = [None if t % 3 == 1 else int(x) for t, x in enumerate(symbols)]

    def operator(x):
        return transition @ np.diag(emission[:, x]) if x is not None else transition

    def probability(sequence):
        row = pi
        for x in sequence:
            row = row @ operator(x)
        return float(row.sum())

    rows = []
    for t in [t for t, x in enumerate(visible) if x is None]:
        weights = np.array([probability(visible[:t] + [x] + visible[t + 1 :]) for x in range(size)])
        rows.append((weights / weights.sum()).tolist())
    return {
        "transition": transition.ravel().tolist(),
        "emission": emission.ravel().tolist(),
        "symbols": symbols.tolist(),
        "log2_probability": float(np.log2(probability([int(x) for x in symbols]))),
        "visible": visible,
        "posterior": rows,
    }


def main():
    rng = np.random.default_rng(3)
    document = {
        "markov": [markov(rng, 4, 2), markov(rng, 2, 5), markov(rng, 3, 1)],
        "hidden": [hidden(rng, 3, 4, 12), hidden(rng, 5, 4, 20)],
    }
    OUT.write_text(json.dumps(document, indent=1) + "\n")


main()
