"""Golden outputs of small random BERT models, with norms behind the residual sums and (MegatronBert) before the branches, made with transformers.

Pinned: torch 2.15, transformers 5.23. Run: python tests/reference/bert_goldens.py
Writes crates/bert/tests/golden/<case>/: config.json and model.safetensors as transformers saves them, and
expected.safetensors with the batch, logits, hidden states, loss and the gradient of every parameter. transformers has no BERT with rotary
positions: there its own model computes, without a table of positions and with queries and keys turned by the rotation of its Llama.
"""

import json
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForMaskedLM, MegatronBertConfig, MegatronBertForMaskedLM
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

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
    "rotary": dict(vocab_size=29, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
                   max_position_embeddings=14, pad_token_id=1, initializer_range=0.3),
    "before_rotary": dict(vocab_size=25, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20,
                          max_position_embeddings=14, pad_token_id=1, initializer_range=0.3),
}
LENGTHS = {"plain": [9, 9], "padded": [11, 4, 1], "untied": [8, 5], "shallow": [7, 3], "before": [10, 6, 2], "before_shallow": [7, 3],
           "rotary": [12, 5, 1], "before_rotary": [13, 6, 2]}
POSITIONS = "bert.embeddings.position_embeddings.weight"


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


def turn(model, config):
    """Rotary positions instead of the table: a hook behind the map of each query and key turns its heads."""
    head = config.hidden_size // config.num_attention_heads
    frequencies = 10000.0 ** -(torch.arange(0, head, 2).float() / head)

    def turned(_, inputs, output):
        rows, time, width = output.shape
        angles = (torch.arange(time).float()[:, None] * frequencies).repeat(1, 2)[None]
        heads = output.view(rows, time, -1, head).transpose(1, 2)
        return apply_rotary_pos_emb(heads, heads, angles.cos(), angles.sin())[0].transpose(1, 2).reshape(rows, time, width)

    with torch.no_grad():
        model.get_parameter(POSITIONS).zero_()
    for name, module in model.named_modules():
        if name.endswith((".query", ".key")):
            module.register_forward_hook(turned)


def without_positions(folder, before):
    """The folder as the crate writes it: no table, and a model type that transformers does not take for another."""
    weights = load_file(folder / "model.safetensors")
    del weights[POSITIONS]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    model_type = "rotary-megatron-bert" if before else "rotary-bert"
    config |= {"model_type": model_type, "position_embedding_type": "rotary", "architectures": None}
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def gradients(model, tied, rotary):
    named = {f"gradient.{name}": p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    if rotary:
        del named[f"gradient.{POSITIONS}"]
    if tied:
        named["gradient.cls.predictions.decoder.bias"] = named.pop("gradient.cls.predictions.bias")
    return named


def make(name, seed):
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    before, rotary = name.startswith("before"), name.endswith("rotary")
    config = (MegatronBertConfig if before else BertConfig)(**CASES[name])
    config._attn_implementation = "eager"
    model = (MegatronBertForMaskedLM if before else BertForMaskedLM)(config).eval()
    shake(model, generator)
    if rotary:
        turn(model, config)
    ids, labels, mask = batch(config, LENGTHS[name], generator)
    out = model(input_ids=ids, attention_mask=mask, labels=labels, output_hidden_states=True)
    out.loss.backward()
    folder = OUT / name
    model.save_pretrained(folder)
    if rotary:
        without_positions(folder, before)
    tensors = {"ids": ids.int(), "labels": labels.int(), "mask": mask.int(), "logits": out.logits.detach(),
               "loss": out.loss.detach().reshape(1)}
    tensors |= {f"hidden.{i}": h.detach().clone() for i, h in enumerate(out.hidden_states)}
    tensors |= gradients(model, config.tie_word_embeddings, rotary)
    save_file({k: v.contiguous() for k, v in tensors.items()}, folder / "expected.safetensors")


if __name__ == "__main__":
    for seed, name in enumerate(CASES):
        make(name, seed)
