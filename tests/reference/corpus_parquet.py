"""Parquet files as the usual Python writer makes them: one per compression, with a null and a column of numbers.

Writes crates/corpus/tests/golden/texts.{none,snappy,gzip,zstd}.parquet. Needs pyarrow 26.0.1:

    python3 tests/reference/corpus_parquet.py
"""

import pathlib
import sys

import pyarrow
import pyarrow.parquet

VERSION = "26.0.1"
if pyarrow.__version__ != VERSION:
    sys.exit(f"expected pyarrow {VERSION}, found {pyarrow.__version__}")

ROWS = 30


def main():
    texts = [None if row == 3 else f"Text {row}: é " + "ACGT" * row for row in range(ROWS)]
    table = pyarrow.table({"id": list(range(ROWS)), "text": texts})
    folder = pathlib.Path(__file__).resolve().parents[2] / "crates/corpus/tests/golden"
    for compression in ["none", "snappy", "gzip", "zstd"]:
        path = folder / f"texts.{compression}.parquet"
        pyarrow.parquet.write_table(table, path, compression=compression, row_group_size=10, store_schema=False)


main()
