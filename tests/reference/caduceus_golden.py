#!/usr/bin/env python3
"""Small Caduceus models with everything they answer, and a selective scan with all its gradients.

    python -m venv target/zoo-golden && target/zoo-golden/bin/pip install torch==2.15.0 safetensors==0.8.0 numpy==2.4.6
    target/zoo-golden/bin/python tests/reference/caduceus_golden.py crates/zoo/tests/golden crates/layers/tests/golden/scan.json

Each folder has `config.json` and `model.safetensors` with the keys of a published checkpoint (tied tensors left out, as the hub
leaves them out) and `golden.safetensors`: `input_ids` (the second row padded on the left with [PAD], which these models read as
a letter), `attention_mask` (all ones), `hidden.0` ... `hidden.L` (the residual stream before each layer, and the final norm),
`published.I` (the list that the published code returns), `logits`, `bases` (log-probabilities of A C G T at position 5 of the
first row, masked), and `grad.KEY`, the gradient of the mean cross-entropy at `places` (flat indices) with `targets`. Weights
are seeded, and larger than at initialisation; the passes are written from the formulas of the papers (Gu and Dao 2023, Schiff
et al. 2024), in double precision, and stored in single.
"""
import json
import math
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy, layer_norm, linear, log_softmax, pad, silu, softplus

torch.set_num_threads(1)
PAD, MASK, SEP, BASES = 4, 3, 1, range(7, 11)
PREFIX = "caduceus.backbone"


def scan(u, delta, a, b, c, d):
    """h[t] = exp(delta[t] a) h[t-1] + delta[t] u[t] b[t], y[t] = c[t] h[t] + d u[t]: one step after the other."""
    h, y = torch.zeros(u.shape[0], *a.shape, dtype=u.dtype), []
    for t in range(u.shape[1]):
        h = torch.exp(delta[:, t, :, None] * a) * h + (delta[:, t] * u[:, t])[..., None] * b[:, t, None]
        y.append((h * c[:, t, None]).sum(-1))
    return torch.stack(y, 1) + d * u


def turn(x):
    """The other strand: positions and channels backwards."""
    return x.flip(1, 2)


class Model:
    """A configuration, weights by key, and the passes over them."""

    def __init__(self, seed, **changes):
        self.random = torch.Generator().manual_seed(seed)
        state_space = dict(
            d_state=4, d_conv=4, expand=2, dt_rank="auto", dt_min=0.001, dt_max=0.1, dt_init="random", dt_scale=1.0,
            dt_init_floor=1e-4, conv_bias=True, bias=False, use_fast_path=True,
        ) | changes.pop("ssm_cfg", {})
        names = dict(AutoConfig="configuration_caduceus.CaduceusConfig", AutoModel="modeling_caduceus.Caduceus")
        names["AutoModelForMaskedLM"] = "modeling_caduceus.CaduceusForMaskedLM"
        self.config = dict(
            model_type="caduceus", architectures=["CaduceusForMaskedLM"], auto_map=names, d_model=20, n_layer=3,
            vocab_size=12, pad_vocab_size_multiple=8, norm_epsilon=1e-5, rms_norm=True, residual_in_fp32=False,
            fused_add_norm=True, bidirectional=True, bidirectional_strategy="add", bidirectional_weight_tie=True, rcps=False,
            complement_map=None, ssm_cfg=state_space, torch_dtype="float32",
            initializer_cfg=dict(initializer_range=0.02, rescale_prenorm_residual=True, n_residuals_per_layer=1),
        ) | changes
        self.rows = -(-self.config["vocab_size"] // 8) * 8
        self.pairs = self.config["rcps"]
        self.norms_wrapped = self.pairs and not self.config["fused_add_norm"]
        self.weights, self.buffers = {}, {}
        self.draw()

    def add(self, key, shape, spread, centre=0.0):
        value = torch.randn(shape, generator=self.random) * spread + centre
        self.weights[key] = value

    def draw(self):
        c, d = self.config, self.config["d_model"]
        inner = ".embedding" if self.pairs else ""
        self.table = f"{PREFIX}.embeddings.word_embeddings{inner}.weight"
        self.add(self.table, [self.rows, d], 0.7)
        if self.pairs:
            complement = torch.arange(self.rows)
            complement[7:11] = torch.tensor([10, 9, 8, 7])
            self.config["complement_map"] = {str(i): int(j) for i, j in enumerate(complement)}
            for key in (f"{PREFIX}.embeddings.word_embeddings.complement_map", "lm_head.complement_map"):
                self.buffers[key] = complement.clone()
        for layer in range(c["n_layer"]):
            self.draw_norm(self.norm_key(layer))
            mixer = self.mixer_key(layer)
            self.draw_mixer(f"{mixer}.mamba_fwd", False)
            if c["bidirectional"]:
                self.draw_mixer(f"{mixer}.mamba_rev", c["bidirectional_weight_tie"])
        self.draw_norm(self.norm_key(None))

    def norm_key(self, layer):
        name = f"{PREFIX}.norm_f" if layer is None else f"{PREFIX}.layers.{layer}.norm"
        return name + (".submodule" if self.norms_wrapped else "")

    def mixer_key(self, layer):
        return f"{PREFIX}.layers.{layer}.mixer" + (".submodule" if self.pairs else "")

    def draw_norm(self, key):
        self.add(f"{key}.weight", [self.config["d_model"]], 0.2, 1.0)
        if not self.config["rms_norm"]:
            self.add(f"{key}.bias", [self.config["d_model"]], 0.2)

    def draw_mixer(self, key, tied):
        c, s, d = self.config, self.config["ssm_cfg"], self.config["d_model"]
        e, n, taps = s["expand"] * d, s["d_state"], s["d_conv"]
        rank = math.ceil(d / 16) if s["dt_rank"] == "auto" else s["dt_rank"]
        self.add(f"{key}.A_log", [e, n], 0.15)
        self.weights[f"{key}.A_log"] += torch.arange(1.0, n + 1).log()
        self.add(f"{key}.D", [e], 0.2, 1.0)
        self.add(f"{key}.conv1d.weight", [e, 1, taps], 0.5)
        if s["conv_bias"]:
            self.add(f"{key}.conv1d.bias", [e], 0.2)
        self.add(f"{key}.x_proj.weight", [rank + 2 * n, e], e**-0.5)
        self.add(f"{key}.dt_proj.weight", [e, rank], rank**-0.5)
        step = torch.exp(torch.rand(e, generator=self.random) * math.log(50) + math.log(0.01))
        self.weights[f"{key}.dt_proj.bias"] = torch.log(torch.expm1(step))
        for name, shape in (("in_proj", [2 * e, d]), ("out_proj", [d, e])):
            if not tied:
                self.add(f"{key}.{name}.weight", shape, shape[1] ** -0.5)
                if s["bias"]:
                    self.add(f"{key}.{name}.bias", [shape[0]], 0.2)

    def tracked(self):
        """Double precision from here on, with gradients."""
        self.w = {key: value.double().requires_grad_() for key, value in self.weights.items()}

    def map(self, key, x):
        return linear(x, self.w[f"{key}.weight"], self.w.get(f"{key}.bias"))

    def mamba(self, own, shared, x):
        n = self.config["ssm_cfg"]["d_state"]
        u, z = self.map(f"{shared}.in_proj", x).chunk(2, -1)
        taps = self.w[f"{own}.conv1d.weight"][:, 0]
        padded = pad(u, (0, 0, taps.shape[1] - 1, 0))
        u = sum(padded[:, j : j + u.shape[1]] * taps[:, j] for j in range(taps.shape[1]))
        u = silu(u + self.w.get(f"{own}.conv1d.bias", 0.0))
        low, b, c = self.map(f"{own}.x_proj", u).split([self.w[f"{own}.dt_proj.weight"].shape[1], n, n], -1)
        delta = softplus(self.map(f"{own}.dt_proj", low))
        y = scan(u, delta, -self.w[f"{own}.A_log"].exp(), b, c, self.w[f"{own}.D"])
        return self.map(f"{shared}.out_proj", y * silu(z))

    def mix(self, layer, x):
        """A layer's mixer on one strand: rightwards, and leftwards on the sequence turned round."""
        right = f"{self.mixer_key(layer)}.mamba_fwd"
        y = self.mamba(right, right, x)
        if not self.config["bidirectional"]:
            return y
        left = f"{self.mixer_key(layer)}.mamba_rev"
        shared = right if self.config["bidirectional_weight_tie"] else left
        back = self.mamba(left, shared, x.flip(1)).flip(1)
        return y + back if self.config["bidirectional_strategy"] == "add" else y * back

    def norm(self, layer, x):
        key, eps = self.norm_key(layer), self.config["norm_epsilon"]
        weight = self.w[f"{key}.weight"]
        if not self.config["rms_norm"]:
            return layer_norm(x, x.shape[-1:], weight, self.w[f"{key}.bias"], eps)
        return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight

    def on_strands(self, f, x):
        """f on a strand; on a pair, f on the first half of the channels, and on the second half turned and turned back."""
        if not self.pairs:
            return f(x)
        first, second = x.chunk(2, -1)
        return torch.cat([f(first), turn(f(turn(second)))], -1)

    def run(self, ids):
        """The residual streams with the final norm behind them, the published list, and the logits."""
        table, fused = self.w[self.table], self.config["fused_add_norm"]
        h = table[ids]
        if self.pairs:
            complement = self.buffers["lm_head.complement_map"]
            h = torch.cat([h, turn(table[complement[ids.flip(1)]])], -1)
        stream, streams, published = h, [h], []
        for layer in range(self.config["n_layer"]):
            published.append(h)
            if self.pairs and fused:
                stream = torch.cat(stream.chunk(2, -1)[::-1], -1)  # the fused block exchanges the strands
            normed = self.on_strands(lambda x: self.norm(layer, x), stream)
            h = self.on_strands(lambda x: self.mix(layer, x), normed)
            stream = stream + h
            streams.append(stream)
        final = self.on_strands(lambda x: self.norm(None, x), stream)
        if fused:
            published.append(final)
        if not self.pairs:
            return streams[:-1] + [final], published, final @ table.T
        first, second = final.chunk(2, -1)
        return streams[:-1] + [final], published, first @ table.T + second.flip(-1) @ table[complement].T


def letters(length, seed):
    ids = torch.randint(7, 12, (2, length), generator=torch.Generator().manual_seed(seed))
    ids[:, -1] = SEP
    ids[1, :3] = PAD
    return ids


def case(out, name, length, model):
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    metadata = {"format": "pt"}
    save_file(model.weights | model.buffers, folder / "model.safetensors", metadata)
    # Keys in the order of text, as transformers writes them: the complement of a token is that of its number.
    (folder / "config.json").write_text(json.dumps(model.config, indent=1, sort_keys=True) + "\n")
    model.tracked()
    ids = letters(length, length)
    hidden, published, logits = model.run(ids)
    places = torch.tensor([1, 4, length - 2, length + 3, 2 * length - 1])
    targets = torch.tensor([7, 10, 8, 9, 1])
    cross_entropy(logits.reshape(-1, model.rows)[places], targets).backward()
    tensors = {f"hidden.{i}": x for i, x in enumerate(hidden)} | {f"published.{i}": x for i, x in enumerate(published)}
    tensors |= {f"grad.{key}": value.grad for key, value in model.w.items()}
    masked = ids[:1].clone()
    masked[0, 5] = MASK
    with torch.no_grad():
        tensors["bases"] = log_softmax(model.run(masked)[2][0, 5], -1)[list(BASES)]
        if model.pairs:
            complement = model.buffers["lm_head.complement_map"]
            turned = model.run(complement[ids.flip(1)])[2]
            assert (turned - logits.flip(1)[..., complement]).abs().max() < 1e-10, name
    tensors = {key: value.detach().float().contiguous().clone() for key, value in (tensors | {"logits": logits}).items()}
    tensors |= {"input_ids": ids, "attention_mask": torch.ones_like(ids), "places": places, "targets": targets}
    save_file(tensors, folder / "golden.safetensors", metadata)


def scan_case(path):
    random = torch.Generator().manual_seed(11)
    batch, time, channels, states = 2, 7, 3, 4
    normal = lambda *shape: torch.randn(shape, generator=random)
    rand = lambda *shape: torch.rand(shape, generator=random)
    inputs = dict(
        u=normal(batch, time, channels), delta=0.01 + 0.8 * rand(batch, time, channels),
        a=-0.5 - 3.5 * rand(channels, states), b=normal(batch, time, states), c=normal(batch, time, states), d=normal(channels),
    )
    g = normal(batch, time, channels)
    leaves = {key: value.double().requires_grad_() for key, value in inputs.items()}
    y = scan(*leaves.values())
    grads = torch.autograd.grad(y, list(leaves.values()), g.double())
    tensors = inputs | {"g": g, "y": y} | {f"grad.{key}": value for key, value in zip(leaves, grads)}
    plain = {key: [list(value.shape), value.detach().float().flatten().tolist()] for key, value in tensors.items()}
    path.write_text(json.dumps(plain) + "\n")


def main():
    out = Path(sys.argv[1])
    case(out, "caduceus_ph", 13, Model(3))
    case(out, "caduceus_ps_fused", 13, Model(4, rcps=True))
    case(out, "caduceus_ps", 13, Model(4, rcps=True, fused_add_norm=False))  # the same weights under other names
    odd = dict(bias=True, conv_bias=False, d_conv=3, dt_rank=3)
    odd = dict(d_model=12, n_layer=2, rms_norm=False, bidirectional_weight_tie=False, fused_add_norm=False, ssm_cfg=odd)
    case(out, "caduceus_odd", 11, Model(5, bidirectional_strategy="ew_multiply", **odd))
    case(out, "caduceus_one_way", 11, Model(6, d_model=12, n_layer=2, bidirectional=False))
    scan_case(Path(sys.argv[2]))


if __name__ == "__main__":
    main()
