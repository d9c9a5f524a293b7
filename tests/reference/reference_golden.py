"""Golden values of the crate `reference` from scipy 1.17.1 and mpmath 1.3.0 (numpy 2.4.6).

python tests/reference/reference_golden.py   # writes crates/reference/tests/golden/reference.json

Block entropies from their published formulas, the NSB integral by adaptive quadrature in high precision; context tree
weighting as the recursion over exact fractions; the Lempel-Ziv parse by searching for each phrase. Counts are stored as
runs of `[count, how many]`.
"""

import json
from fractions import Fraction
from itertools import groupby
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
    entropy, deviation = nsb([int(c) for c in n], words)
    return {
        "counts": [[n, len(list(run))] for n, run in groupby(counts)],
        "words": words,
        "plug_in_bits": plug_in / LN2,
        "miller_madow_bits": (plug_in + (len(n) - 1) / (2 * total)) / LN2,
        "grassberger_bits": float(log(total) - (n * g).sum() / total) / LN2,
        "nsb_bits": entropy / LN2,
        "nsb_deviation_bits": deviation / LN2,
    }


def nsb(counts, words):
    """Posterior mean entropy in nats and its deviation, integrated over t = ln(words * concentration).

    Counts that are equal are taken together; the range is where the integrand is within e^-80 of its
    largest value, and is cut at that value.
    """
    mp, psi = mpmath.mp, lambda x: mpmath.psi(0, x)
    mp.dps = 80
    total, distinct = sum(counts), len(counts)
    kinds = {n: counts.count(n) for n in set(counts)}

    def log_weight(t):
        all_ = mpmath.exp(t)
        beta = all_ / words
        evidence = mpmath.loggamma(all_) - mpmath.loggamma(total + all_)
        evidence += sum(m * (mpmath.loggamma(n + beta) - mpmath.loggamma(beta)) for n, m in kinds.items())
        return evidence + mpmath.log(all_ * mpmath.psi(1, all_ + 1) - beta * mpmath.psi(1, beta + 1))

    def mean(t):
        all_ = mpmath.exp(t)
        beta = all_ / words
        seen = sum(m * (n + beta) * psi(n + beta + 1) for n, m in kinds.items())
        unseen = (words - distinct) * beta * psi(beta + 1)
        return psi(total + all_ + 1) - (seen + unseen) / (total + all_)

    low, high = mpmath.mpf(-60), mpmath.log(words) + 50
    grid = [low + (high - low) * i / 800 for i in range(801)]
    peak = max(grid, key=log_weight)
    left, right = peak - 1, peak + 1
    for _ in range(120):
        a, b = left + (right - left) / 3, right - (right - left) / 3
        left, right = (a, right) if log_weight(a) < log_weight(b) else (left, b)
    peak = (left + right) / 2
    most = log_weight(peak)

    def edge(direction):
        inside, step = peak, direction
        while log_weight(inside + step) > most - 80:
            inside, step = inside + step, 2 * step
        outside = inside + step
        for _ in range(60):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if log_weight(middle) > most - 80 else (inside, middle)
        return outside

    ends = edge(-1), edge(1)
    # Where the weight bends: the range is cut finely around the peak.
    cuts = [ends[0] + (peak - ends[0]) * i / 12 for i in range(12)]
    cuts += [peak + (ends[1] - peak) * i / 12 for i in range(13)]
    weight = lambda t: mpmath.exp(log_weight(t) - most)
    mass = mpmath.quad(weight, cuts)
    first = mpmath.quad(lambda t: weight(t) * mean(t), cuts) / mass
    second = mpmath.quad(lambda t: weight(t) * (mean(t) - first) ** 2, cuts) / mass
    return float(first), float(mpmath.sqrt(second))


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


def rows(cases):
    return ",\n".join("  " + json.dumps(case) for case in cases)


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
            estimates([500, 500], 4**24),
            estimates([1] * 300, 4**16),
            estimates([2] * 20000 + [1] * 20000 + [3] * 20000, 4**8),
            estimates([1000000, 1], 4),
            estimates([7], 4**10),
        ],
        "context_tree": [
            context_tree(rng, 2, [1, 1, 0], 40, 3),
            context_tree(rng, 4, [0, 3, 2, 1], 60, 4),
            context_tree(rng, 3, [2, 0], 50, 2),
        ],
        "lempel_ziv": [{"symbols": [int(c) for c in t], "phrases": phrases(t)} for t in texts],
    }
    tables = (f" {json.dumps(name)}: [\n{rows(cases)}\n ]" for name, cases in document.items())
    OUT.write_text("{\n" + ",\n".join(tables) + "\n}\n")


main()
