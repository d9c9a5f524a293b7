#!/usr/bin/env python3
"""Small causal models of the published genomic families, with everything they answer.

    python -m venv target/zoo-golden && target/zoo-golden/bin/pip install torch==2.15.0 transformers==5.23.0 safetensors==0.8.0 numpy==2.4.6
    target/zoo-golden/bin/python tests/reference/zoo_causal_golden.py crates/zoo/tests/golden

Each folder has `config.json` and `model.safetensors` with the keys of a published checkpoint, buffers included, and
`golden.safetensors`: `input_ids`, `attention_mask`, `hidden.0` ... as the published code lists them, `logits`, `places` (flat
indices whose next token is asked for) and `targets`, `loss`, the mean cross-entropy there, `grad.KEY`, its gradient, and `llr`,
by how much the log-likelihood of the first sequence grows when `input_ids[0, 5]` becomes 8. HyenaDNA has no mask: padding on
the left, as its tokenizer does it, is read like letters. The convolution is the sum itself, without any transform, and
everything is computed in double precision. Mistral is run by transformers, in double precision too; the rows of its
`attention_mask` end in padding.
"""
import json
import math
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy, gelu, layer_norm, pad

torch.set_num_threads(1)
PADDING, SEPARATOR = 4, 1
ROOT = "hyena.backbone."


def hyena_config(**changes):
    return {
        "model_type": "hyenadna",
        "architectures": ["HyenaDNAForCausalLM"],
        "auto_map": {"AutoModelForCausalLM": "modeling_hyena.HyenaDNAForCausalLM"},
        "vocab_size": 12, "pad_vocab_size_multiple": 8, "d_model": 16, "d_inner": 40, "n_layer": 2, "max_seq_len": 26,
        "emb_dim": 5, "filter_order": 6, "short_filter_order": 3, "num_inner_mlps": 2, "hyena_order": 2,
        "activation_freq": 10, "train_freq": True, "use_bias": True, "embed_dropout": 0.1, "hyena_dropout": 0.0,
        "hyena_filter_dropout": 0.0, "layer_norm_epsilon": 1e-5, "initializer_range": 0.02, "pad_token_id": PADDING,
        "tie_word_embeddings": False, "torch_dtype": "float32", **changes,
    }


class Weights(dict):
    """Seeded single-precision tensors by key."""

    def __init__(self, seed):
        super().__init__()
        self.random = torch.Generator().manual_seed(seed)

    def add(self, key, shape, spread, centre=0.0):
        self[key] = torch.randn(shape, generator=self.random) * spread + centre

    def add_map(self, key, inputs, outputs, spread=None, bias=True):
        self.add(f"{key}.weight", [outputs, inputs], spread or inputs**-0.5)
        if bias:
            self.add(f"{key}.bias", [outputs], 0.1)

    def add_norm(self, key, width):
        self.add(f"{key}.weight", [width], 0.1, 1.0)
        self.add(f"{key}.bias", [width], 0.1)


def buffers(c):
    """Time, its waves and the rates of forgetting, in the arithmetic of the published code."""
    length, bands = c["max_seq_len"], (c["emb_dim"] - 1) // 2
    t = torch.linspace(0, 1, length)[None, :, None]
    angle = 2 * math.pi * torch.linspace(0, length - 1, length)[None, :, None] / length
    f = torch.linspace(1e-4, bands - 1, bands)[None, None]
    z = torch.cat([t, torch.cos(-f * angle), torch.sin(-f * angle)], dim=-1)
    slowest = math.log(1e-2)
    return {"pos_emb.z": z, "pos_emb.t": t, "modulation.deltas": torch.linspace(slowest / 1.5, slowest / 0.3, c["d_model"])[None, None]}


def hyena_weights(c, seed):
    w, d, inner, order = Weights(seed), c["d_model"], c["d_inner"], c["filter_order"]
    rows = -(-c["vocab_size"] // c["pad_vocab_size_multiple"]) * c["pad_vocab_size_multiple"]
    w.add(ROOT + "embeddings.word_embeddings.weight", [rows, d], 0.5)
    for i in range(c["n_layer"]):
        layer = f"{ROOT}layers.{i}."
        mixer, filter_ = layer + "mixer.", layer + "mixer.filter_fn."
        w.add_norm(layer + "norm1", d)
        w.add_norm(layer + "norm2", d)
        w.add_map(mixer + "in_proj", d, 3 * d)
        w.add_map(mixer + "out_proj", d, d)
        w.add(mixer + "short_filter.weight", [3 * d, 1, 3], 0.5)
        w.add(mixer + "short_filter.bias", [3 * d], 0.1)
        w.add(filter_ + "bias", [d], 0.5)
        w.add(filter_ + "implicit_filter.1.freq", [1, order], 0.3, c["activation_freq"])
        w.add_map(filter_ + "implicit_filter.0", c["emb_dim"], order, 0.3)
        for at in range(1, c["num_inner_mlps"] + 1):
            w.add_map(filter_ + f"implicit_filter.{2 * at}", order, order, 0.15)
        w.add_map(filter_ + f"implicit_filter.{2 * c['num_inner_mlps'] + 2}", order, d, 0.3, bias=False)
        w.update({filter_ + name: value.clone() for name, value in buffers(c).items()})
        w.add_map(layer + "mlp.fc1", d, inner)
        w.add_map(layer + "mlp.fc2", inner, d)
    w.add_norm(ROOT + "ln_f", d)
    w.add_map("lm_head", d, rows, bias=False)
    return w


class Hyena:
    """The model over double-precision tensors."""

    def __init__(self, config, weights):
        self.c, self.w = config, weights

    def map(self, key, x):
        y = x @ self.w[key + ".weight"].T
        return y + self.w[key + ".bias"] if key + ".bias" in self.w else y

    def norm(self, key, x, epsilon=1e-5):
        return layer_norm(x, x.shape[-1:], self.w[key + ".weight"], self.w[key + ".bias"], epsilon)

    def taps(self, key, time):
        key += "filter_fn."
        a = self.w[key + "pos_emb.z"][0, :time]
        for at in range(self.c["num_inner_mlps"] + 1):
            a = torch.sin(self.w[key + "implicit_filter.1.freq"] * self.map(f"{key}implicit_filter.{2 * at}", a))
        k = self.map(f"{key}implicit_filter.{2 * self.c['num_inner_mlps'] + 2}", a)
        forgotten = -self.w[key + "pos_emb.t"][0, :time] * self.w[key + "modulation.deltas"][0].abs()
        return k * (torch.exp(forgotten) + 0.05)

    def operator(self, key, x):
        time = x.shape[1]
        u = self.map(key + "in_proj", x)
        short = self.w[key + "short_filter.weight"][:, 0]
        before = pad(u, (0, 0, 2, 0))
        u = sum(before[:, j : j + time] * short[:, j] for j in range(3)) + self.w[key + "short_filter.bias"]
        x0, x1, v = u.chunk(3, dim=-1)
        p, k = x1 * v, self.taps(key, time)
        rows = [sum(k[s] * p[:, t - s] for s in range(t + 1)) for t in range(time)]
        y = torch.stack(rows, dim=1) + self.w[key + "filter_fn.bias"] * p
        return self.map(key + "out_proj", y * x0)

    def __call__(self, ids):
        h = self.w[ROOT + "embeddings.word_embeddings.weight"][ids]
        states = [h]
        for i in range(self.c["n_layer"]):
            layer = f"{ROOT}layers.{i}."
            h = h + self.operator(layer + "mixer.", self.norm(layer + "norm1", h))
            wide = gelu(self.map(layer + "mlp.fc1", self.norm(layer + "norm2", h)), approximate="tanh")
            h = h + self.map(layer + "mlp.fc2", wide)
            states.append(h)
        states.append(self.norm(ROOT + "ln_f", h, self.c["layer_norm_epsilon"]))
        return states, self.map("lm_head", states[-1])


def log_likelihood(model, ids):
    logits = torch.log_softmax(model(ids)[1][:, :-1], dim=-1)
    return logits.gather(-1, ids[:, 1:, None]).sum()


def single(values):
    kept = ((key, v.detach()) for key, v in values.items())
    return {key: (v.float() if v.is_floating_point() else v).contiguous().clone() for key, v in kept}


def hyena_case(out, name, seed, time, **changes):
    config = hyena_config(**changes)
    weights = hyena_weights(config, seed)
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
    save_file(dict(weights), folder / "model.safetensors", metadata={"format": "pt"})
    ids = torch.randint(7, 12, [2, time], generator=torch.Generator().manual_seed(seed + 100))
    ids[:, -1] = SEPARATOR
    ids[1, :3] = PADDING
    wide = {key: value.double().requires_grad_("pos_emb" not in key and "deltas" not in key) for key, value in weights.items()}
    model = Hyena(config, wide)
    states, logits = model(ids)
    places = [row * time + at for row in range(2) for at in range(time - 1) if ids[row, at] != PADDING]
    targets = ids.flatten()[torch.tensor(places) + 1]
    loss = cross_entropy(logits.flatten(0, 1)[places], targets)
    loss.backward()
    changed = ids[:1].clone()
    changed[0, 5] = 8
    answers = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "logits": logits, "loss": loss[None]}
    answers |= {"places": torch.tensor(places), "targets": targets}
    answers |= {f"hidden.{i}": state for i, state in enumerate(states)}
    answers |= {f"grad.{key}": value.grad for key, value in wide.items() if value.requires_grad}
    answers["llr"] = (log_likelihood(model, changed) - log_likelihood(model, ids[:1]))[None]
    save_file(single(answers), folder / "golden.safetensors", metadata={"format": "pt"})
    print(name, loss.item(), answers["llr"].item())


def spread(model, seed):
    """Weights that are larger than fresh ones, so that mistakes show."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, p in model.named_parameters():
            drawn = torch.randn(p.shape, generator=random)
            p.copy_(1 + 0.1 * drawn if p.dim() == 1 else drawn * p.shape[-1] ** -0.5)


def mistral_case(out, name, seed, **changes):
    from transformers import MistralConfig, MistralForCausalLM

    options = {
        "vocab_size": 12, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "sliding_window": 5,
        "pad_token_id": 9, "bos_token_id": 11, "eos_token_id": 10, "tie_word_embeddings": False, "use_cache": False,
        "attn_implementation": "eager", **changes,
    }
    config = MistralConfig(**options)
    model = MistralForCausalLM(config).eval()
    spread(model, seed)
    saved = {key: value.detach().contiguous().clone() for key, value in model.state_dict().items()}
    if config.tie_word_embeddings:
        saved.pop("lm_head.weight")
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    content = config.to_dict()
    content["architectures"] = ["MistralForCausalLM"]
    (folder / "config.json").write_text(json.dumps(content, indent=1, sort_keys=True, default=str) + "\n")
    save_file(saved, folder / "model.safetensors", metadata={"format": "pt"})
    model = model.double()
    time = 11
    ids = torch.randint(0, 6, [2, time], generator=torch.Generator().manual_seed(seed + 100))
    ids[:, 0] = 6
    ids[0, -1] = ids[1, -4] = 7
    ids[1, -3:] = 9
    mask = (ids != 9).long()
    answer = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    places = [row * time + at for row in range(2) for at in range(time - 1) if mask[row, at + 1]]
    targets = ids.flatten()[torch.tensor(places) + 1]
    loss = cross_entropy(answer.logits.flatten(0, 1)[places], targets)
    loss.backward()
    changed = ids[:1].clone()
    changed[0, 5] = (changed[0, 5] + 1) % 6
    asked = lambda x: (None, model(input_ids=x).logits)
    answers = {"input_ids": ids, "attention_mask": mask, "logits": answer.logits, "loss": loss[None]}
    answers |= {"places": torch.tensor(places), "targets": targets, "changed": changed}
    answers |= {f"hidden.{i}": state for i, state in enumerate(model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states)}
    answers |= {f"grad.{key}": p.grad for key, p in model.named_parameters()}
    answers["llr"] = (log_likelihood(asked, changed) - log_likelihood(asked, ids[:1]))[None]
    save_file(single(answers), folder / "golden.safetensors", metadata={"format": "pt"})
    print(name, loss.item(), answers["llr"].item())


def main():
    out = Path(sys.argv[1])
    hyena_case(out, "hyena", 1, 17)
    # One wave, one inner layer, another epsilon behind the last layer, and the longest sequence.
    hyena_case(out, "hyena_full", 2, 26, emb_dim=3, num_inner_mlps=1, layer_norm_epsilon=1e-3)
    mistral_case(out, "mistral", 7)
    # One head of keys, heads wider than their part of the width, no window, the table as head.
    mistral_case(out, "mistral_wide", 8, num_key_value_heads=1, head_dim=10, sliding_window=None, tie_word_embeddings=True)


if __name__ == "__main__":
    main()
