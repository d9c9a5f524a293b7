"""The golden model `shallow` as torch.save writes it, and files that are not it.

Pinned: torch 2.15, transformers 5.23. Run after bert_goldens.py: python tests/reference/bert_pickles.py
Writes crates/bert/tests/golden/pickles/, each .bin a pytorch_model.bin by another name:
zip.bin, legacy.bin     the state dictionary in the two containers
nested.bin              under `state_dict`, its keys behind `model.`
mixed.bin               its tensors as f32, f64, bf16, f16 in turn
integers.bin            with `cls.predictions.transform.dense.bias` of i32
repeated.bin            a table of 4 GiB that is one number seen through strides of nought
whole.bin               the module itself, pickled with its classes
sharded/                two shards and their pytorch_model.bin.index.json
"""

import json
from pathlib import Path

import torch
import transformers
from transformers import BertForMaskedLM

assert torch.__version__.startswith("2.15"), torch.__version__
assert transformers.__version__.startswith("5.23"), transformers.__version__

GOLDEN = Path(__file__).resolve().parents[2] / "crates/bert/tests/golden"
OUT = GOLDEN / "pickles"


def shards(tensors, folder):
    """Two shards with the index that transformers wrote beside them up to its fourth version."""
    keys = sorted(tensors)
    weight_map = {}
    for at, part in enumerate([keys[::2], keys[1::2]], start=1):
        name = f"pytorch_model-{at:05}-of-00002.bin"
        torch.save({key: tensors[key] for key in part}, folder / name)
        weight_map |= dict.fromkeys(part, name)
    total = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")


if __name__ == "__main__":
    (OUT / "sharded").mkdir(parents=True, exist_ok=True)
    tensors = BertForMaskedLM.from_pretrained(GOLDEN / "shallow").state_dict()
    torch.save(tensors, OUT / "zip.bin")
    legacy = dict(_use_new_zipfile_serialization=False)
    torch.save(tensors, OUT / "legacy.bin", **legacy)
    torch.save({"epoch": 3, "state_dict": {f"model.{key}": t for key, t in tensors.items()}}, OUT / "nested.bin")
    dtypes = [torch.float32, torch.float64, torch.bfloat16, torch.float16]
    mixed = {key: tensors[key].to(dtypes[at % 4]) for at, key in enumerate(sorted(tensors))}
    torch.save(mixed, OUT / "mixed.bin", **legacy)
    bias = "cls.predictions.transform.dense.bias"
    torch.save(dict(tensors) | {bias: tensors[bias].int()}, OUT / "integers.bin", **legacy)
    table = torch.zeros(1, 1).expand(1 << 20, 1 << 10)
    torch.save({"bert.embeddings.word_embeddings.weight": table}, OUT / "repeated.bin", **legacy)
    torch.save(BertForMaskedLM.from_pretrained(GOLDEN / "shallow"), OUT / "whole.bin")
    shards(tensors, OUT / "sharded")
