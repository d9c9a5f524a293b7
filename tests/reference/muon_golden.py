"""Golden values of Muon's step on small matrices.

Pinned: torch 2.15 (numpy 2.x beside it).
Run: python tests/reference/muon_golden.py
Writes crates/layers/tests/golden/muon.json: torch.optim.Muon over three steps, with double in the place of the bfloat16 that it
rounds to, so that the numbers are those of its formula and not of a rounding. PyTorch stores a linear map as [outputs, inputs]; values are written as
[inputs, outputs].
"""

import json
from pathlib import Path

import torch

PIN = "2.15.0"
OUT = Path(__file__).resolve().parents[2] / "crates/layers/tests/golden/muon.json"

found = torch.__version__.split("+")[0]
assert found == PIN, f"expected torch {PIN}, found {found}"
torch.bfloat16 = torch.float64  # read at each step


def case(inputs, outputs, momentum, decay, rate, seed):
    generator = torch.Generator().manual_seed(seed)
    draw = lambda: torch.randn(outputs, inputs, generator=generator, dtype=torch.float32).double()
    weight = torch.nn.Parameter(draw())
    start = weight.detach().clone()
    optimizer = torch.optim.Muon([weight], lr=rate, momentum=momentum, weight_decay=decay)
    gradients = []
    for _ in range(3):
        weight.grad = draw()
        gradients.append(weight.grad.clone())
        optimizer.step()
    flat = lambda tensor: [round(x, 9) for x in tensor.T.contiguous().flatten().tolist()]
    return {
        "inputs": inputs,
        "outputs": outputs,
        "momentum": momentum,
        "weight_decay": decay,
        "rate": rate,
        "start": flat(start),
        "gradients": [flat(gradient) for gradient in gradients],
        "end": flat(weight.detach()),
        "buffer": flat(optimizer.state[weight]["momentum_buffer"]),
    }


cases = [case(3, 3, 0.95, 0.0, 0.02, 1), case(4, 7, 0.9, 0.1, 0.05, 2), case(6, 2, 0.95, 0.01, 0.02, 3)]
OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps({"torch": PIN, "cases": cases}) + "\n")
