"""Golden Fisher diagonals of a small BERT from PyTorch's automatic differentiation, in float64.

Versions: torch 2.15.0, transformers 5.23.0.
Run from the root of the workspace: python tests/reference/fisher_autograd.py
Writes crates/fisher/tests/golden/autograd.json
"""

import json
import pathlib

import torch
import transformers
from transformers import BertConfig, BertForMaskedLM

assert torch.__version__.startswith("2.15.0"), torch.__version__
assert transformers.__version__ == "5.23.0", transformers.__version__

MASK = 4
# The signs of each masked token of each sequence: what ChaCha8 draws under SEED, a bit each, 1 for +1, the lowest bit
# that of label 0. The test of the golden values holds them against those that the crate draws.
SEED = 11
SIGNS = [[0x1D118, 0x0BA5B, 0x14F4A], [0x031F4, 0x0F047], [0x0FCD4], [0x16287, 0x18CF7, 0x18609, 0x15D40]]
CONFIG = dict(
    vocab_size=17, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
    max_position_embeddings=10, type_vocab_size=2, initializer_range=0.4, pad_token_id=0, layer_norm_eps=1e-12,
)  # fmt: skip


def draw(generator):
    """Sequences of several lengths with several masked positions; no id is the padding."""
    for length, positions in [(7, [1, 4, 6]), (10, [0, 9]), (4, [2]), (7, [0, 1, 2, 3])]:
        ids = torch.randint(5, 17, (length,), generator=generator)
        targets = ids[positions].tolist()
        ids[positions] = MASK
        yield {"ids": ids.tolist(), "positions": positions, "targets": targets}


def token_losses(model, sequence):
    logits = model(input_ids=torch.tensor([sequence["ids"]])).logits[0]
    log_p = torch.log_softmax(logits, -1)
    return [-log_p[p, t] for p, t in zip(sequence["positions"], sequence["targets"])]


def signs(word):
    return torch.tensor([1.0 if word >> k & 1 else -1.0 for k in range(CONFIG["vocab_size"])]).double()


def signed_sums(model, sequence, words):
    """v^T L^T z of each masked token, L v held constant: L = diag(sqrt p) - p sqrt(p)^T, p = softmax(z)."""
    logits = model(input_ids=torch.tensor([sequence["ids"]])).logits[0]
    for position, word in zip(sequence["positions"], words):
        p = torch.softmax(logits[position], -1).detach()
        factor = torch.diag(p.sqrt()) - torch.outer(p, p.sqrt())
        yield (factor @ signs(word)) @ logits[position]


def gradient(model, losses, divisor=1):
    parameters = dict(model.named_parameters())
    grads = torch.autograd.grad(sum(losses) / divisor, list(parameters.values()), allow_unused=True)
    pairs = zip(parameters, parameters.values(), grads)
    return {name: torch.zeros_like(p) if g is None else g for name, p, g in pairs}


def add_squares(into, grads):
    for name, g in grads.items():
        into[name] = into.get(name, 0) + g**2


def diagonals(model, sequences):
    out = {"sequence": {}, "token": {}, "batch_2": {}, "hutchinson": {}, "hutchinson_pooled": {}}
    sums = [list(signed_sums(model, sequence, words)) for sequence, words in zip(sequences, SIGNS)]
    add_squares(out["hutchinson_pooled"], gradient(model, [term for terms in sums for term in terms]))
    for sequence, words in zip(sequences, SIGNS):
        add_squares(out["hutchinson"], gradient(model, list(signed_sums(model, sequence, words))))
    for sequence in sequences:
        add_squares(out["sequence"], gradient(model, token_losses(model, sequence)))
        for n in range(len(sequence["positions"])):
            add_squares(out["token"], gradient(model, [token_losses(model, sequence)[n]]))
    for start in range(0, len(sequences), 2):
        losses = [loss for sequence in sequences[start : start + 2] for loss in token_losses(model, sequence)]
        add_squares(out["batch_2"], gradient(model, losses, len(losses)))
    return out


def sides(model, sequences):
    """The two sides of the word table, from a copy whose decoder has a weight of its own."""
    table = model.bert.embeddings.word_embeddings.weight
    model.cls.predictions.decoder.weight = torch.nn.Parameter(table.detach().clone())
    sums = [0.0, 0.0, 0.0]
    for sequence in sequences:
        grads = gradient(model, token_losses(model, sequence))
        into, out = grads["bert.embeddings.word_embeddings.weight"], grads["cls.predictions.decoder.weight"]
        for at, value in enumerate([(into**2).sum(), (out**2).sum(), (2 * into * out).sum()]):
            sums[at] += value.item()
    return sums


def renamed(values):
    """The decoder's bias is one parameter under two names; the workspace uses the second."""
    return {name.replace("predictions.bias", "predictions.decoder.bias"): v for name, v in values.items()}


def main():
    generator = torch.Generator().manual_seed(5)
    torch.manual_seed(5)
    config = BertConfig(**CONFIG, attn_implementation="eager")
    model = BertForMaskedLM(config).eval()
    with torch.no_grad():  # biases and layer norms away from their special starting values
        for name, p in model.named_parameters():
            if name.endswith("bias") or "LayerNorm" in name:
                p.add_(0.1 * torch.randn(p.shape, generator=generator))
    model = model.double()
    sequences = list(draw(generator))
    flat = lambda tensors: {name: [float(f"{v:.9g}") for v in t.flatten().tolist()] for name, t in tensors.items()}
    golden = {
        "config": {**CONFIG, "tie_word_embeddings": True},
        "sequences": sequences,
        "seed": SEED,
        "signs": [[signs(word).tolist() for word in words] for words in SIGNS],
        "parameters": flat(renamed({n: p.detach() for n, p in model.named_parameters()})),
        "diagonals": {sample: flat(renamed(d)) for sample, d in diagonals(model, sequences).items()},
        "sides": sides(model, sequences),
    }
    path = pathlib.Path("crates/fisher/tests/golden/autograd.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
