"""Golden values of the published cleaning rules, as Python's regular expressions apply them.

Writes crates/corpus/tests/golden/clean.json. Made with Python 3.11.7 (any from 3.11 to 3.14 does), standard library only:

    python3 tests/reference/corpus_clean.py
"""

import json
import pathlib
import random
import re
import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 14):
    sys.exit("expected Python 3.11 to 3.14")

FORBIDDEN = re.compile(r"[^a-zA-Z0-9\s.,;:!?\"'()\-–—/\\&%$€@#\[\]{}<>]+")
ALPHABET = "aZ09 .,;:!?\"'()-–—/\\&%$€@#[]{}<>*=^_`|~+é\u00a0\u00df\u2009\u3000\u200b\u0085\t\n\r\x0b\x0c\x1c\x1f\u4e2d😀"


def clean_text(text):
    text = text.replace("\u00a0", " ")
    text = re.sub(r"\s+", " ", text)
    return FORBIDDEN.sub(" ", text).strip()


def clean_dna(bases):
    return re.sub("[^ACGTN]+", "N", bases)


def main():
    draw = random.Random(1)
    texts = ["".join(draw.choices(ALPHABET, k=draw.randrange(40))) for _ in range(200)]
    dna = ["".join(draw.choices("ACGTNacgtnRY", k=draw.randrange(30))) for _ in range(50)]
    golden = {
        "text": [{"raw": text, "clean": clean_text(text)} for text in texts],
        "dna": [{"raw": bases, "clean": clean_dna(bases)} for bases in dna],
    }
    folder = pathlib.Path(__file__).resolve().parents[2] / "crates/corpus/tests/golden"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "clean.json").write_text(json.dumps(golden, indent=0) + "\n")


main()
