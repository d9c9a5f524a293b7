#!/usr/bin/env python3
"""Small models of the published genomic families, with everything they answer.

    python -m venv target/zoo-golden && target/zoo-golden/bin/pip install torch==2.15.0 safetensors==0.8.0 tokenizers==0.23.3 numpy==2.4.6
    target/zoo-golden/bin/python tests/reference/zoo_golden.py crates/zoo/tests/golden

Each folder has `config.json` and `model.safetensors` with the keys of a published checkpoint (those that no forward pass
reads included) and `golden.safetensors`: `input_ids`, `attention_mask`, `hidden.0` ... `hidden.L`, `logits`, the same under
`nomask.` where padding is taken for tokens, and `grad.KEY`, the gradient of the mean cross-entropy at `places` (flat indices)
with `targets`. Weights are seeded; the passes are written from the formulas of the papers and of the published ports.
With `--check`, the two ESM models are also run by transformers==5.23.0 and compared.
"""
import json
import math
import sys
from itertools import product
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy, embedding, layer_norm, linear, scaled_dot_product_attention, silu

torch.set_num_threads(1)


def gelu(x):
    return torch.nn.functional.gelu(x, approximate="none")


class Weights(dict):
    """Seeded tensors by key. What `idle` adds is stored and read by nobody."""

    def __init__(self, seed):
        super().__init__()
        self.random = torch.Generator().manual_seed(seed)
        self.idle = {}

    def add(self, key, shape, spread, centre=0.0):
        self[key] = (torch.randn(shape, generator=self.random) * spread + centre).requires_grad_()

    def add_map(self, key, inputs, outputs, bias=True):
        self.add(f"{key}.weight", [outputs, inputs], inputs**-0.5)
        if bias:
            self.add(f"{key}.bias", [outputs], 0.1)

    def add_norm(self, key, width):
        self.add(f"{key}.weight", [width], 0.2, 1.0)
        self.add(f"{key}.bias", [width], 0.2)

    def map(self, key, x):
        return linear(x, self[f"{key}.weight"], self.get(f"{key}.bias"))

    def norm(self, key, x, epsilon=1e-12):
        return layer_norm(x, x.shape[-1:], self[f"{key}.weight"], self[f"{key}.bias"], epsilon)

    def attend(self, q, k, v, heads, bias):
        """Softmax attention of [b, t, h] projections; `bias` is added to the scaled scores."""
        b, t, h = q.shape
        q, k, v = (x.view(b, t, heads, h // heads).transpose(1, 2) for x in (q, k, v))
        return scaled_dot_product_attention(q, k, v, attn_mask=bias).transpose(1, 2).reshape(b, t, h)


def at(states, chosen):
    """Those that the head is asked at: all, or those of a mask of positions."""
    return states if chosen is None else states[chosen]


def hidden_keys(mask, value):
    return (1.0 - mask[:, None, None, :].float()) * value


# Nucleotide Transformer: ESM, pre-norm.


def esm_weights(c, seed, gated):
    w, h, i = Weights(seed), c["hidden_size"], c["intermediate_size"]
    w.add("esm.embeddings.word_embeddings.weight", [c["vocab_size"], h], 0.5)
    positions = [c["max_position_embeddings"], h]
    if gated:
        w.idle["esm.embeddings.position_embeddings.weight"] = torch.ones(positions)
    else:
        w.add("esm.embeddings.position_embeddings.weight", positions, 0.5)
        w.idle["esm.embeddings.position_ids"] = torch.arange(positions[0])[None]
    if c["emb_layer_norm_before"]:
        w.add_norm("esm.embeddings.layer_norm", h)
    for n in range(c["num_hidden_layers"]):
        layer = f"esm.encoder.layer.{n}"
        w.add_norm(f"{layer}.attention.LayerNorm", h)
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            w.add_map(f"{layer}.attention.{name}", h, h)
        w.add_norm(f"{layer}.LayerNorm", h)
        w.add_map(f"{layer}.intermediate.dense", h, 2 * i if gated else i, bias=not gated)
        w.add_map(f"{layer}.output.dense", i, h, bias=not gated)
        if gated:
            w.idle[f"{layer}.attention.self.rotary_embeddings.inv_freq"] = frequencies(h // c["num_attention_heads"])
    w.add_norm("esm.encoder.emb_layer_norm_after", h)
    w.idle["esm.contact_head.regression.weight"] = torch.ones([1, c["num_hidden_layers"] * c["num_attention_heads"]])
    w.idle["esm.contact_head.regression.bias"] = torch.zeros([1])
    w.add_map("lm_head.dense", h, h)
    w.add_norm("lm_head.layer_norm", h)
    w.add("lm_head.decoder.weight", [c["vocab_size"], h], 0.3)
    w.add("lm_head.bias", [c["vocab_size"]], 0.3)
    return w


def frequencies(width):
    return 10000.0 ** -(torch.arange(0, width, 2).float() / width)


def turned(x, heads):
    b, t, h = x.shape
    half = h // heads // 2
    angles = torch.arange(t).float()[:, None] * frequencies(2 * half)
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]
    first, second = x.view(b, t, heads, 2, half).unbind(3)
    return torch.stack([first * cos - second * sin, second * cos + first * sin], 3).reshape(b, t, h)


def esm_pass(c, w, ids, mask, chosen=None):
    heads, pad = c["num_attention_heads"], c["pad_token_id"]
    x = embedding(ids, w["esm.embeddings.word_embeddings.weight"])
    tokens = torch.full([len(ids)], ids.shape[1]) if mask is None else mask.sum(1)
    if c["token_dropout"]:
        masked = ids == c["mask_token_id"]
        x = x * (~masked)[..., None] * (0.88 / (1 - masked.sum(1) / tokens))[:, None, None]
    if c["position_embedding_type"] == "absolute":
        real = (ids != pad).long()
        x = x + embedding(pad + real * real.cumsum(1), w["esm.embeddings.position_embeddings.weight"])
    if c["emb_layer_norm_before"]:
        x = w.norm("esm.embeddings.layer_norm", x)
    bias = None
    if mask is not None:
        x, bias = x * mask[..., None], hidden_keys(mask, torch.finfo(torch.float32).min)
    states = [x]
    for n in range(c["num_hidden_layers"]):
        layer = f"esm.encoder.layer.{n}"
        y = w.norm(f"{layer}.attention.LayerNorm", x)
        q, k, v = (w.map(f"{layer}.attention.self.{name}", y) for name in ("query", "key", "value"))
        if c["position_embedding_type"] == "rotary":
            q, k = turned(q, heads), turned(k, heads)
        x = x + w.map(f"{layer}.attention.output.dense", w.attend(q, k, v, heads, bias))
        y = w.map(f"{layer}.intermediate.dense", w.norm(f"{layer}.LayerNorm", x))
        if "add_bias_fnn" in c:
            gate, value = y.chunk(2, -1)
            y = silu(gate) * value
        else:
            y = gelu(y)
        x = x + w.map(f"{layer}.output.dense", y)
        states.append(x)
    states[-1] = w.norm("esm.encoder.emb_layer_norm_after", x)
    y = w.norm("lm_head.layer_norm", gelu(w.map("lm_head.dense", at(states[-1], chosen))))
    return states, linear(y, w["lm_head.decoder.weight"], w["lm_head.bias"])


def esm_config(**values):
    return {
        "architectures": ["EsmForMaskedLM"],
        "attention_probs_dropout_prob": 0.0,
        "emb_layer_norm_before": False,
        "esmfold_config": None,
        "hidden_dropout_prob": 0.0,
        "hidden_size": 16,
        "initializer_range": 0.02,
        "intermediate_size": 24,
        "is_folding_model": False,
        "layer_norm_eps": 1e-12,
        "mask_token_id": 2,
        "max_position_embeddings": 24,
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "pad_token_id": 1,
        "position_embedding_type": "absolute",
        "tie_word_embeddings": False,
        "token_dropout": True,
        "torch_dtype": "float32",
        "use_cache": False,
        "vocab_list": None,
        "vocab_size": 25,
    } | values


def nt_v1(**values):
    return esm_config(model_type="esm", **values)


def nt_v2(**values):
    classes = {
        "AutoConfig": "esm_config.EsmConfig",
        "AutoModelForMaskedLM": "modeling_esm.EsmForMaskedLM",
        "AutoModelForSequenceClassification": "modeling_esm.EsmForSequenceClassification",
        "AutoModelForTokenClassification": "modeling_esm.EsmForTokenClassification",
    }
    return esm_config(
        add_bias_fnn=False, auto_map=classes, position_embedding_type="rotary", token_dropout=False, vocab_size=27, **values
    )


# DNABERT-2: MosaicBERT, post-norm, ALiBi.


def slopes(heads):
    """2^(-8h/n) for the largest power of two n <= heads, then every second one of those of 2n."""
    power = 1 << (heads.bit_length() - 1)
    geometric = lambda n: [2.0 ** (-8.0 * h / n) for h in range(1, n + 1)]
    return geometric(power) + geometric(2 * power)[::2][: heads - power]


def mosaic_weights(c, seed):
    w, h, i = Weights(seed), c["hidden_size"], c["intermediate_size"]
    w.add("bert.embeddings.word_embeddings.weight", [c["vocab_size"], h], 0.5)
    w.add("bert.embeddings.token_type_embeddings.weight", [c["type_vocab_size"], h], 0.3)
    w.add_norm("bert.embeddings.LayerNorm", h)
    for n in range(c["num_hidden_layers"]):
        layer = f"bert.encoder.layer.{n}"
        w.add_map(f"{layer}.attention.self.Wqkv", h, 3 * h)
        w.add_map(f"{layer}.attention.output.dense", h, h)
        w.add_norm(f"{layer}.attention.output.LayerNorm", h)
        w.add_map(f"{layer}.mlp.gated_layers", h, 2 * i, bias=False)
        w.add_map(f"{layer}.mlp.wo", i, h)
        w.add_norm(f"{layer}.mlp.layernorm", h)
    w.add_map("cls.predictions.transform.dense", h, h)
    w.add_norm("cls.predictions.transform.LayerNorm", h)
    w.add("cls.predictions.decoder.bias", [c["vocab_size"]], 0.3)
    return w


def mosaic_pass(c, w, ids, mask, chosen=None):
    heads, t = c["num_attention_heads"], ids.shape[1]
    mask = torch.ones_like(ids) if mask is None else mask
    keep, table = mask[..., None].float(), w["bert.embeddings.word_embeddings.weight"]
    x = embedding(ids, table) + w["bert.embeddings.token_type_embeddings.weight"][0]
    x = w.norm("bert.embeddings.LayerNorm", x)
    apart = (torch.arange(t)[:, None] - torch.arange(t)[None]).abs()
    bias = hidden_keys(mask, -10000.0) - torch.tensor(slopes(heads))[:, None, None] * apart
    states = [x * keep]
    for n in range(c["num_hidden_layers"]):
        layer = f"bert.encoder.layer.{n}"
        q, k, v = (w.map(f"{layer}.attention.self.Wqkv", x) * keep).chunk(3, -1)
        y = w.map(f"{layer}.attention.output.dense", w.attend(q, k, v, heads, bias))
        x = w.norm(f"{layer}.attention.output.LayerNorm", y + x)
        gate, value = w.map(f"{layer}.mlp.gated_layers", x).chunk(2, -1)
        x = w.norm(f"{layer}.mlp.layernorm", w.map(f"{layer}.mlp.wo", gelu(gate) * value) + x)
        states.append(x * keep)
    y = w.norm("cls.predictions.transform.LayerNorm", gelu(w.map("cls.predictions.transform.dense", at(states[-1], chosen))))
    return states, linear(y, table, w["cls.predictions.decoder.bias"])


def dnabert2(**values):
    return {
        "_name_or_path": "zhihan1996/DNABERT-2-117M",
        "alibi_starting_size": 8,
        "attention_probs_dropout_prob": 0.0,
        "auto_map": {
            "AutoConfig": "configuration_bert.BertConfig",
            "AutoModel": "bert_layers.BertModel",
            "AutoModelForMaskedLM": "bert_layers.BertForMaskedLM",
            "AutoModelForSequenceClassification": "bert_layers.BertForSequenceClassification",
        },
        "classifier_dropout": None,
        "gradient_checkpointing": False,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": 18,
        "initializer_range": 0.02,
        "intermediate_size": 20,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 8,
        "num_attention_heads": 6,
        "num_hidden_layers": 2,
        "position_embedding_type": "absolute",
        "torch_dtype": "float32",
        "type_vocab_size": 2,
        "use_cache": True,
        "vocab_size": 24,
    } | values


# GENA-LM: BERT, pre-norm.


def gena_weights(c, seed):
    w, h, i, v = Weights(seed), c["hidden_size"], c["intermediate_size"], c["vocab_size"]
    for name, rows in (("word", v), ("position", c["max_position_embeddings"]), ("token_type", c["type_vocab_size"])):
        w.add(f"bert.embeddings.{name}_embeddings.weight", [rows, h], 0.4)
    w.add_norm("bert.embeddings.LayerNorm", h)
    w.idle["bert.embeddings.position_ids"] = torch.arange(c["max_position_embeddings"])[None]
    for n in range(c["num_hidden_layers"]):
        layer = f"bert.encoder.layer.{n}"
        w.add_norm(f"{layer}.pre_attention_ln", h)
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            w.add_map(f"{layer}.attention.{name}", h, h)
        w.add_norm(f"{layer}.post_attention_ln", h)
        w.add_map(f"{layer}.intermediate.dense", h, i)
        w.add_map(f"{layer}.output.dense", i, h)
    if c.get("last_layer_norm", c["pre_layer_norm"]):
        w.add_norm("bert.encoder.last_layer_ln", h)
    w.add_map("cls.predictions.transform.dense", h, h)
    w.add_norm("cls.predictions.transform.LayerNorm", h)
    w.add("cls.predictions.bias", [v], 0.3)
    w.idle["cls.predictions.decoder.bias"] = w["cls.predictions.bias"].detach().clone()
    w.idle["cls.predictions.decoder.weight"] = w["bert.embeddings.word_embeddings.weight"].detach().clone()
    return w


def gena_pass(c, w, ids, mask, chosen=None):
    heads, table = c["num_attention_heads"], w["bert.embeddings.word_embeddings.weight"]
    x = embedding(ids, table) + w["bert.embeddings.token_type_embeddings.weight"][0]
    x = w.norm("bert.embeddings.LayerNorm", x + w["bert.embeddings.position_embeddings.weight"][: ids.shape[1]])
    bias = None if mask is None else hidden_keys(mask, torch.finfo(torch.float32).min)
    states = [x]
    for n in range(c["num_hidden_layers"]):
        layer = f"bert.encoder.layer.{n}"
        y = w.norm(f"{layer}.pre_attention_ln", x)
        q, k, v = (w.map(f"{layer}.attention.self.{name}", y) for name in ("query", "key", "value"))
        x = x + w.map(f"{layer}.attention.output.dense", w.attend(q, k, v, heads, bias))
        y = w.map(f"{layer}.intermediate.dense", w.norm(f"{layer}.post_attention_ln", x))
        x = x + w.map(f"{layer}.output.dense", gelu(y))
        states.append(x)
    if "bert.encoder.last_layer_ln.weight" in w:
        states[-1] = w.norm("bert.encoder.last_layer_ln", x)
    y = w.norm("cls.predictions.transform.LayerNorm", gelu(w.map("cls.predictions.transform.dense", at(states[-1], chosen))))
    return states, linear(y, table, w["cls.predictions.bias"])


def gena(**values):
    return {
        "architectures": ["BertForMaskedLM"],
        "attention_probs_dropout_prob": 0.1,
        "auto_map": {"AutoModel": "modeling_bert.BertForMaskedLM"},
        "gradient_checkpointing": False,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": 16,
        "initializer_range": 0.02,
        "intermediate_size": 24,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 24,
        "model_type": "bert",
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "pad_token_id": 3,
        "position_embedding_type": "absolute",
        "pre_layer_norm": True,
        "type_vocab_size": 2,
        "use_cache": True,
        "vocab_size": 26,
    } | values


# Inputs and files.


def batch(c, seed, special, pad, mask_id, begin, end=None):
    """Three rows of 9, 12 and 5 tokens; the second and third have masked ones."""
    random, lengths = torch.Generator().manual_seed(seed), [9, 12, 5]
    ids, places, targets = torch.full([3, 12], pad), [], []
    for row, length in enumerate(lengths):
        ids[row, :length] = torch.randint(special, c["vocab_size"], [length], generator=random)
        ids[row, 0] = begin
        if end is not None:
            ids[row, length - 1] = end
        for at in [] if row == 0 else [2, length // 2 + 1]:
            places.append(12 * row + at)
            targets.append(int(ids[row, at]))
            ids[row, at] = mask_id
    mask = (torch.arange(12)[None] < torch.tensor(lengths)[:, None]).long()
    return ids, mask, torch.tensor(places), torch.tensor(targets)


def case(out, name, c, w, run, inputs):
    ids, mask, places, targets = inputs
    golden = {"input_ids": ids, "attention_mask": mask, "places": places, "targets": targets}
    for prefix, seen in (("", mask), ("nomask.", None)):
        states, logits = run(c, w, ids, seen)
        golden |= {f"{prefix}hidden.{n}": x.detach().contiguous() for n, x in enumerate(states)}
        golden[f"{prefix}logits"] = logits.detach().contiguous()
        if seen is not None:
            cross_entropy(logits.reshape(-1, c["vocab_size"])[places], targets).backward()
    golden |= {f"grad.{key}": x.grad for key, x in w.items()}
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(c, indent=2) + "\n")
    save_file({k: v.detach() for k, v in w.items()} | w.idle, folder / "model.safetensors", metadata={"format": "pt"})
    save_file(golden, folder / "golden.safetensors")
    return golden


def six_mers(version, text):
    """Leftmost longest word of the vocabulary; a run of anything else is one <unk>; white space only separates."""
    special = ["<unk>", "<pad>", "<mask>", "<cls>"] + ["<eos>", "<bos>"] * (version == 2)
    words = special + ["".join(w) for w in product("ATCG", repeat=6)] + list("ATCGN") + ["<eos>", "<bos>"] * (version == 1)
    table, ids, covered, at, run = {w: i for i, w in enumerate(words)}, [3], [[0, 0]], 0, False
    while at < len(text):
        word = next((text[at : at + n] for n in (6, 5, 1) if at + n <= len(text) and text[at : at + n] in table), None)
        if word is not None:
            ids.append(table[word])
            covered.append([at, at + len(word)])
        elif not text[at].isspace():
            if run:
                covered[-1][1] = at + 1
            else:
                ids.append(0)
                covered.append([at, at + 1])
        run = word is None and not text[at].isspace()
        at += len(word or "x")
    return {"text": text, "ids": ids, "covered": covered}


def bpe(out, name, gaps):
    """A small tokenizer with the stages of DNABERT-2's, or of GENA-LM's, which joins ten or more N; ids and offsets of TEXTS."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    if gaps:
        special.append(AddedToken("-", special=True))
        tokenizer.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.Replace(Regex("N{10,}"), "-")])
        tokenizer.pre_tokenizer = pre_tokenizers.Split("-", behavior="isolated")
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    random = torch.Generator().manual_seed(21)
    letters = "ACGTN" if gaps else "ACGT"
    lines = ["".join(letters[i] for i in torch.randint(0, len(letters), [60], generator=random)) for _ in range(60)]
    trainer = trainers.BpeTrainer(vocab_size=40, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([line.replace("N" * 10, "") for line in lines], trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(tokenizer.to_str() + "\n")
    encode = lambda text: tokenizer.encode(text)
    return [{"text": t, "ids": encode(t).ids, "covered": encode(t).offsets} for t in TEXTS if "<mask>" not in t]


TEXTS = ["ACGTNNNNNNNNNNACGT", "NNNNNNNNNNNNACGTNNNNNNNNNN", "ACGTNNNNNNNNNACGT", "", "ACGT", "ATTCCG", "ATTCCGA", "ACGTGTACGTGCACGGACGACTAGTCAGCA", "ACGTGTACNTGCACGGANCGACTAGTCTGA", "NNNNNN"]
TEXTS += ["acgtgt", "ACGTGTacgt", "ACGRYTACGTAC", "ACGTRACGTGT", "ATTCCG<mask>ATTCCG", "ACGTG TACGTA", " ry\tRY ACGTAC"]


def check(out):
    """The two ESM models again, by transformers."""
    from safetensors.torch import load_file
    from transformers import EsmConfig, EsmForMaskedLM

    for name in ("nt_v1", "nt_v1_norm_before"):
        config = EsmConfig(**json.loads((out / name / "config.json").read_text()))
        model = EsmForMaskedLM(config).eval()
        missing = model.load_state_dict(load_file(out / name / "model.safetensors"), strict=False)
        golden = load_file(out / name / "golden.safetensors")
        answer = model(golden["input_ids"], attention_mask=golden["attention_mask"], output_hidden_states=True)
        apart = (answer.logits - golden["logits"]).abs().max().item()
        states = [(a - golden[f"hidden.{n}"]).abs().max().item() for n, a in enumerate(answer.hidden_states)]
        print(name, missing, "logits", apart, "hidden", states)


def main():
    out = Path(sys.argv[1])
    c = nt_v1()
    case(out, "nt_v1", c, esm_weights(c, 1, False), esm_pass, batch(c, 11, 4, 1, 2, 3))
    c = nt_v1(num_hidden_layers=1, emb_layer_norm_before=True) | {"token_dropout": False}
    case(out, "nt_v1_norm_before", c, esm_weights(c, 2, False), esm_pass, batch(c, 12, 4, 1, 2, 3))
    c = nt_v2()
    case(out, "nt_v2", c, esm_weights(c, 3, True), esm_pass, batch(c, 13, 6, 1, 2, 3))
    c = dnabert2()
    case(out, "dnabert2", c, mosaic_weights(c, 4), mosaic_pass, batch(c, 14, 5, 3, 4, 1, 2))
    c = dnabert2(num_hidden_layers=1, hidden_size=12, intermediate_size=8, num_attention_heads=3)
    case(out, "dnabert2_three_heads", c, mosaic_weights(c, 5), mosaic_pass, batch(c, 15, 5, 3, 4, 1, 2))
    c = gena(last_layer_norm=False)
    case(out, "gena", c, gena_weights(c, 6), gena_pass, batch(c, 16, 5, 3, 4, 1, 2))
    c = gena(num_hidden_layers=1)
    w = gena_weights(c, 7)
    case(out, "gena_last_norm", c, w, gena_pass, batch(c, 17, 5, 3, 4, 1, 2))
    state = {key: x.detach() for key, x in w.items()} | {k: x for k, x in w.idle.items() if "decoder.weight" not in k}
    state["cls.predictions.decoder.weight"] = state["bert.embeddings.word_embeddings.weight"]  # one storage, as published
    (out / "gena_pickle").mkdir(exist_ok=True)
    (out / "gena_pickle" / "config.json").write_text((out / "gena_last_norm" / "config.json").read_text())
    torch.save(state, out / "gena_pickle" / "pytorch_model.bin")
    examples = {f"nt_v{version}": [six_mers(version, text) for text in TEXTS] for version in (1, 2)}
    examples |= {name: bpe(out, f"{name}_tokenizer", name == "gena") for name in ("dnabert2", "gena")}
    examples["alibi_slopes"] = [{"heads": n, "slopes": slopes(n)} for n in (1, 2, 3, 4, 5, 6, 8, 12, 16)]
    (out / "tokens.json").write_text(json.dumps(examples, indent=None, separators=(",", ":")) + "\n")
    if "--check" in sys.argv:
        check(out)


if __name__ == "__main__":
    main()
