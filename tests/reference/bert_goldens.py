"""Golden outputs of small random BERT models, with norms behind the residual sums and (MegatronBert) before the branches, made with transformers.

Pinned: torch 2.15, transformers 5.23. Run: python tests/reference/bert_goldens.py
Writes crates/bert/tests/golden/<case>/: config.json and model.safetensors as transformers saves them, and
expected.safetensors with the batch, logits, hidden states, loss and the gradient of every parameter.
"""

from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM, MegatronBertConfig, MegatronBertForMaskedLM

assert torch.__version__.startswith("2.15"), torch.__version__
assert transformers.__version__.startswith("5.23"), transformers.__version__

OUT = Path(__file__).resolve().parents[2] / "crates/bert/tests/golden"
CASES = {
    "plain": dict(vocab_size=23, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
                  max_position_embeddings=9),
    "padded": dict(vocab_size=31, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
                   max_position_embeddings=16, pad_token_id=1, initializer_range=0.3),
    "untied": dict(vocab_size=17, hidden_size=16, num_hidden_layers=1, num_attention_heads=4, intermediate_size=8,
                   max_position_embeddings=8, tie_word_embeddings=False, initializer_range=0.2),
    "shallow": dict(vocab_size=19, hidden_size=6, num_hidden_layers=0, num_attention_heads=1, intermediate_size=4,
                    max_position_embeddings=7, layer_norm_eps=1e-5, initializer_range=0.5),
    "before": dict(vocab_size=27, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
                   max_position_embeddings=12, pad_token_id=1, initializer_range=0.3),
    "before_shallow": dict(vocab_size=19, hidden_size=6, num_hidden_layers=0, num_attention_heads=1, intermediate_size=4,
                           max_position_embeddings=7, initializer_range=0.5),
}
LENGTHS = {"plain": [9, 9], "padded": [11, 4, 1], "untied": [8, 5], "shallow": [7, 3], "before": [10, 6, 2], "before_shallow": [7, 3]}


def batch(config, lengths, generator):
    """Random ids, padded on the right, and labels at about a third of the positions."""
    time = max(lengths)
    ids = torch.full((len(lengths), time), config.pad_token_id)
    labels = torch.full_like(ids, -100)
    for row, length in enumerate(lengths):
        ids[row, :length] = torch.randint(2, config.vocab_size, (length,), generator=generator)
        labels[row, :length:3] = torch.randint(2, config.vocab_size, ((length + 2) // 3,), generator=generator)
    mask = torch.arange(time)[None] < torch.tensor(lengths)[:, None]
    return ids, labels, mask.long()


def shake(model, generator):
    """Moves biases and norms off their trivial starting values."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))


def gradients(model, tied):
    named = {f"gradient.{name}": p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    if tied:
        named["gradient.cls.predictions.decoder.bias"] = named.pop("gradient.cls.predictions.bias")
    return named


def make(name, seed):
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    before = name.startswith("before")
    config = (MegatronBertConfig if before else BertConfig)(**CASES[name])
    config._attn_implementation = "eager"
    model = (MegatronBertForMaskedLM if before else BertForMaskedLM)(config).eval()
    shake(model, generator)
    ids, labels, mask = batch(config, LENGTHS[name], generator)
    out = model(input_ids=ids, attention_mask=mask, labels=labels, output_hidden_states=True)
    out.loss.backward()
    folder = OUT / name
    model.save_pretrained(folder)
    tensors = {"ids": ids.int(), "labels": labels.int(), "mask": mask.int(), "logits": out.logits.detach(),
               "loss": out.loss.detach().reshape(1)}
    tensors |= {f"hidden.{i}": h.detach().clone() for i, h in enumerate(out.hidden_states)}
    tensors |= gradients(model, config.tie_word_embeddings)
    save_file({k: v.contiguous() for k, v in tensors.items()}, folder / "expected.safetensors")


if __name__ == "__main__":
    for seed, name in enumerate(CASES):
        make(name, seed)
