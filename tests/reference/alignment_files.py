"""One small table in every file format that is read.

Pinned: numpy 2.4.6, torch 2.15, safetensors 0.8 (any version writes the same bytes).
Run: python tests/reference/alignment_files.py
Writes crates/alignment/tests/golden/{half,single,double,fortran,vector,whole}.npy and crates/bert/tests/golden/tables.safetensors.
"""

from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

PINS = {"numpy": "2.4.6", "torch": "2.15.0"}
OUT = Path(__file__).resolve().parents[2] / "crates/alignment/tests/golden"
TABLE = [[1.5, -2.0, 0.25], [3.0, 0.0, -0.125]]

for package, version in PINS.items():
    found = metadata.version(package).split("+")[0]
    assert found == version, f"expected {package} {version}, found {found}"

table = np.array(TABLE)
for name, array in {
    "half": table.astype(np.float16),
    "single": table.astype(np.float32),
    "double": table,
    "fortran": np.asfortranarray(table),
    "vector": table.ravel(),
    "whole": table.astype(np.int64),
}.items():
    np.save(OUT / f"{name}.npy", array)
torch_table = torch.tensor(TABLE)
save_file(
    {
        "bert.embeddings.word_embeddings.weight": torch_table,
        "half": torch_table.half(),
        "brain": torch_table.bfloat16(),
        "double": torch_table.double(),
        "vector": torch_table.flatten().clone(),
        "whole": torch_table.long(),
    },
    OUT.parents[2] / "bert/tests/golden/tables.safetensors",
)
