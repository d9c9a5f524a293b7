"""At how many tokens does a small masked-language model of novels leave the plateau of token frequencies?

    plateau.py FILES... [--set NAME=VALUE ...]

FILES are texts whose words are marked at their beginning. Trains the `tiny` BERT (2 layers, 128 wide, 2 heads, norms before) by the recipe `efficient`
with some parts changed, one thread, and prints held-out bits a token. Needs torch 2.9 or newer (torch.optim.Muon) and tokenizers.

window 64       tokens a sequence             adam 0.005   AdamW's rate
muon_head 0     1: Muon for the head's map    warm 50      steps of warm-up
init 0.02       initial deviation             heads 2      attention heads
words -         deviation of the word and position tables   positions -   that of the position table, `sine:A` for sine waves of amplitude A
tied 1          0: a decoder of its own       head 1       0: no dense map, GELU and norm before the decoder
torch 0         1: PyTorch's own initial values
tokens 6000000  tokens of the schedule        stop 2600000 tokens after which it is broken off   seed 0
"""
import argparse
import math
import random
import time
from collections import Counter

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch import nn

SPECIALS = ["<UNK>", "<PAD>", "<CLS>", "<SEP>", "<MASK>"]
CLS, MASK = 2, 4
DEFAULTS = dict(window="64", adam="0.005", muon_head="0", warm="50", init="0.02", heads="2", words="-", positions="-", tied="1", head="1",
                torch="0", tokens="6000000", stop="2600000", seed="0")
WIDTH, FEED, LAYERS, BATCH, VOCABULARY = 128, 512, 2, 32, 256


def read(files, window):
    """Sequences to learn from, held-out ones, the positions masked in these, and their loss by token frequencies."""
    training, held_out = [], []
    for name in files:
        text = " ".join(open(name, encoding="utf-8").read().split())
        cut = int(len(text) * 0.9)
        training.append(text[:cut])
        held_out.append(text[cut + 1000:])
    tokenizer = Tokenizer(models.BPE(unk_token="<UNK>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=SPECIALS, show_progress=False)
    tokenizer.train_from_iterator(training, trainer)

    def rows(texts):
        for ids in (tokenizer.encode(text).ids for text in texts):
            yield from ([CLS] + ids[i:i + window] for i in range(0, len(ids) - window + 1, window))

    training, held_out = list(rows(training)), list(rows(held_out))
    rng = random.Random(1)
    held_out = rng.sample(held_out, min(400, len(held_out)))
    masks = [[i + 1 for i in range(window) if rng.random() < 0.1] or [1 + rng.randrange(window)] for _ in held_out]
    counts = Counter(token for row in training for token in row[1:])
    total = sum(counts.values()) + 0.5 * VOCABULARY
    bits = [-math.log2((counts[row[i]] + 0.5) / total) for row, mask in zip(held_out, masks) for i in mask]
    return training, held_out, masks, sum(bits) / len(bits)


class Layer(nn.Module):
    def __init__(self, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = nn.Linear(WIDTH, FEED), nn.Linear(FEED, WIDTH)
        self.first, self.second = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, x):
        y = self.first(x)
        parts = [m(y).view(*y.shape[:2], self.heads, -1).transpose(1, 2) for m in (self.query, self.key, self.value)]
        x = x + self.out(F.scaled_dot_product_attention(*parts).transpose(1, 2).reshape(x.shape))
        return x + self.down(F.gelu(self.up(self.second(x))))


class Model(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.words, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(512, WIDTH)
        self.layers = nn.ModuleList([Layer(int(settings["heads"])) for _ in range(LAYERS)])
        self.last = nn.LayerNorm(WIDTH)
        self.dense, self.norm = (nn.Linear(WIDTH, WIDTH), nn.LayerNorm(WIDTH)) if settings["head"] == "1" else (None, None)
        self.decoder = None if settings["tied"] == "1" else nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.bias = nn.Parameter(torch.zeros(VOCABULARY))
        if settings["torch"] == "0":
            self.begin(settings)

    def begin(self, settings):
        for name, parameter in self.named_parameters():
            table = name in ("words.weight", "positions.weight") and settings["words"] != "-"
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=float(settings["words"] if table else settings["init"]))
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)
        positions = settings["positions"]
        if positions.startswith("sine:"):
            angles = torch.arange(512.0)[:, None] * torch.exp(-math.log(10000) * torch.arange(0, WIDTH, 2) / WIDTH)
            waves = torch.stack([angles.sin(), angles.cos()], -1).reshape(512, WIDTH)
            self.positions.weight.data = waves * float(positions[5:])
        elif positions != "-":
            nn.init.normal_(self.positions.weight, std=float(positions))

    def forward(self, ids, asked):
        x = self.words(ids) + self.positions.weight[:ids.shape[1]]
        for layer in self.layers:
            x = layer(x)
        x = self.last(x)[asked]
        if self.dense is not None:
            x = self.norm(F.gelu(self.dense(x)))
        table = self.words if self.decoder is None else self.decoder
        return x @ table.weight.T + self.bias


def optimizers(model, settings):
    hidden = [p for name, p in model.named_parameters() if name.startswith("layers.") and p.dim() == 2]
    if settings["muon_head"] == "1":
        hidden.append(model.dense.weight)
    known = {id(p) for p in hidden}
    rest = [p for p in model.parameters() if id(p) not in known]
    return [(torch.optim.Muon(hidden, lr=0.02, weight_decay=0.0, momentum=0.95), 0.02),
            (torch.optim.AdamW(rest, lr=1e-3, betas=(0.9, 0.999), weight_decay=0.0), float(settings["adam"]))]


@torch.no_grad()
def held_out_bits(model, rows, asked):
    ids, bits = rows.masked_fill(asked, MASK), 0.0
    for i in range(0, len(rows), 50):
        part = slice(i, i + 50)
        bits += F.cross_entropy(model(ids[part], asked[part]), rows[part][asked[part]], reduction="sum").item()
    return bits / asked.sum().item() / math.log(2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--set", nargs="*", default=[])
    arguments = parser.parse_args()
    settings = DEFAULTS | dict(pair.split("=") for pair in arguments.set)
    if unknown := settings.keys() - DEFAULTS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    torch.set_num_threads(1)
    torch.manual_seed(int(settings["seed"]))
    window = int(settings["window"])
    training, held_out, masks, frequencies = read(arguments.files, window)
    training, held_out = torch.tensor(training), torch.tensor(held_out)
    asked = torch.zeros_like(held_out, dtype=torch.bool)
    for row, mask in zip(asked, masks):
        row[mask] = True
    print(f"{settings}\ntoken frequencies {frequencies:.3f}", flush=True)
    model = Model(settings)
    steppers = optimizers(model, settings)
    rng = torch.Generator().manual_seed(int(settings["seed"]) + 77)
    step_tokens = BATCH * (window + 1)
    steps, warm, begun = int(settings["tokens"]) // step_tokens, int(settings["warm"]), time.process_time()
    order, at = torch.randperm(len(training), generator=rng), 0
    for step in range(steps):
        if step * step_tokens > int(settings["stop"]):
            break
        if at + BATCH > len(order):
            order, at = torch.randperm(len(training), generator=rng), 0
        rows, at = training[order[at:at + BATCH]], at + BATCH
        masked = torch.rand(rows.shape, generator=rng) < 0.3
        masked[:, 0] = False
        kind, ids = torch.rand(rows.shape, generator=rng), rows.clone()
        ids[masked & (kind < 0.8)] = MASK
        random_ids = torch.randint(VOCABULARY, rows.shape, generator=rng)
        ids = torch.where(masked & (kind >= 0.8) & (kind < 0.9), random_ids, ids)
        loss = F.cross_entropy(model(ids, masked), rows[masked])
        for stepper, _ in steppers:
            stepper.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        share = (step + 1) / warm if step < warm else min(1.0, (steps - step) / (0.6 * steps))
        for stepper, peak in steppers:
            for group in stepper.param_groups:
                group["lr"] = peak * share
            stepper.step()
        if (step + 1) % max(1, steps // 20) == 0:
            bits = held_out_bits(model, held_out, asked)
            print(f"{(step + 1) * step_tokens / 1e6:.2f} M tokens  {bits:.3f} bits  {time.process_time() - begun:.0f} s", flush=True)
            if bits < frequencies - 1:
                break


main()
