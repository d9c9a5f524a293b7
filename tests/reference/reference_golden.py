"""Golden values of the crate `reference` from scipy 1.17.1 and mpmath 1.3.0 (numpy 2.4.6).

python tests/reference/reference_golden.py   # writes crates/reference/tests/golden/reference.json

Block entropies from their published formulas, the NSB integral by adaptive quadrature in high precision; context tree
weighting as the recursion over exact fractions; the Lempel-Ziv parse by searching for each phrase.
"""

import json
from fractions import Fraction
from math import log
from pathlib import Path

import mpmath
import numpy as np
import scipy
from scipy.special import digamma

assert (np.__version__, scipy.__version__, mpmath.__version__) == ("2.4.6", "1.17.1", "1.3.0")
OUT = Path(__file__).resolve().parents[2] / "crates/reference/tests/golden/reference.json"
LN2 = log(2)


def estimates(counts, words):
    n = np.array([c for c in counts if c], dtype=float)
    total = n.sum()
    plug_in = float(-(n / total * np.log(n / total)).sum())
    g = digamma(n) + 0.5 * (-1.0) ** n * (digamma((n + 1) / 2) - digamma(n / 2))
    return {
        "counts": counts,
        "words": words,
        "plug_in_bits": plug_in / LN2,
        "miller_madow_bits": (plug_in + (len(n) - 1) / (2 * total)) / LN2,
        "grassberger_bits": float(log(total) - (n * g).sum() / total) / LN2,
        "nsb_bits": nsb([int(c) for c in n], words) / LN2,
    }


def nsb(counts, words):
    """Posterior mean entropy in nats, integrated over the logarithm of the concentration."""
    mp, psi = mpmath.mp, lambda x: mpmath.psi(0, x)
    mp.dps = 30
    total = sum(counts)

    def parts(log_beta):
        beta = mpmath.exp(log_beta)
        all_ = words * beta
        evidence = mpmath.loggamma(all_) - mpmath.loggamma(total + all_)
        evidence += sum(mpmath.loggamma(n + beta) - mpmath.loggamma(beta) for n in counts)
        slope = words * mpmath.psi(1, all_ + 1) - mpmath.psi(1, beta + 1)
        rest = words - len(counts)
        mean = psi(total + all_ + 1) - (
            sum((n + beta) * psi(n + beta + 1) for n in counts) + rest * beta * psi(beta + 1)
        ) / (total + all_)
        return mpmath.exp(evidence) * slope * beta, mean

    points = [mpmath.mpf(p) for p in range(-25, 16)]
    mass = mpmath.quad(lambda t: parts(t)[0], points)
    return float(mpmath.quad(lambda t: mpmath.fprod(parts(t)), points) / mass)


def kt(symbols, size):
    counts, p = [0] * size, Fraction(1)
    for n, x in enumerate(symbols):
        p *= (counts[x] + Fraction(1, 2)) / (n + Fraction(size, 2))
        counts[x] += 1
    return p


def weighted(items, depth, deepest, size):
    own = kt([x for _, x in items], size)
    if depth == deepest:
        return own
    below = Fraction(1)
    for c in range(size):
        child = [i for i in items if i[0][-1 - depth] == c]
        if child:
            below *= weighted(child, depth + 1, deepest, size)
    return (own + below) / 2


def context_tree(rng, size, past, length, depth):
    symbols = rng.integers(0, size, length)
    symbols[1::2] = symbols[::2][: len(symbols[1::2])]
    history, items = list(past), []
    for x in symbols:
        items.append((list(history), int(x)))
        history.append(int(x))
    p = weighted(items, 0, depth, size)
    bits = (log(p.denominator) - log(p.numerator)) / LN2
    return {"size": size, "depth": depth, "past": past, "symbols": symbols.tolist(), "bits": bits}


def phrases(text):
    at = count = 0
    while at < len(text):
        length = 1
        while at + length <= len(text) and text[at : at + length] in text[: at + length - 1]:
            length += 1
        at += length
        count += 1
    return count


def main():
    rng = np.random.default_rng(5)
    zipf = rng.multinomial(300, 1 / np.arange(1, 65) / (1 / np.arange(1, 65)).sum())
    flat = rng.multinomial(40, np.full(256, 1 / 256))
    texts = ["0001101001000101", "".join(rng.choice(list("0123"), 300)), "0123" * 40 + "0" * 60]
    document = {
        "block_entropy": [
            estimates([10, 7, 2, 1], 4),
            estimates(zipf.tolist(), 64),
            estimates(flat.tolist(), 256),
            estimates([3, 1, 1, 1], 4**8),
        ],
        "context_tree": [
            context_tree(rng, 2, [1, 1, 0], 40, 3),
            context_tree(rng, 4, [0, 3, 2, 1], 60, 4),
            context_tree(rng, 3, [2, 0], 50, 2),
        ],
        "lempel_ziv": [{"symbols": [int(c) for c in t], "phrases": phrases(t)} for t in texts],
    }
    OUT.write_text(json.dumps(document, indent=1) + "\n")


main()
