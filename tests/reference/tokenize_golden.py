#!/usr/bin/env python3
"""Golden ids for crates/tokenize, both ways.

Versions: tokenizers 0.23.3, transformers 5.23.0.

    tokenize_golden.py

writes into crates/tokenize/tests/golden:

- theirs/NAME/tokenizer.json: tokenizers made here, as a user of the Python libraries makes them;
- theirs.json: for each of them, what `AutoTokenizer` gives for the texts below;
- ours.json: the same for the folders ours/NAME, which `DISSENSUS_WRITE_GOLDEN=1 cargo test -p dissensus-tokenize --test it golden::` writes;
- nucleotide_transformer.json: ids that `EsmTokenizer`, the class of the published Nucleotide Transformer, gives for
  its vocabulary of 4105 rows, built here in the published order.

Offsets are byte ranges of the UTF-8 text.
"""

import itertools
import json
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path

for package, version in [("tokenizers", "0.23.3"), ("transformers", "5.23.0")]:
    if metadata.version(package) != version:
        sys.exit(f"{package}: expected {version}, found {metadata.version(package)}")

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, EsmTokenizer

GOLDEN = Path(__file__).resolve().parents[2] / "crates" / "tokenize" / "tests" / "golden"
SPECIALS = ["<UNK>", "<PAD>", "<CLS>", "<SEP>", "<MASK>"]
DNA = [
    "",
    "ACGTACGTNACGTACGTACGT",
    "GATTACAGATTACANNNNGATTACAxGATTACA",
    "AAAAAAAAAAAAAAAAAAAAAAA",
    "ATATATATATATCACACACACAGTGTGT",
    "ACG<MASK>ACGTTT<PAD>A",
    "CCCTAAACCCTAAACCCTAAACCTCTGAATCCTTAATCCCTAAATCCCTAAATCTTTAAATCCTACATCCATGAATCCCTAAAT",
]
TEXT = [
    "",
    "It was the best of times, it was the worst of times.",
    "  white\tspace\n\nand (punctuation) -- kept_apart!?",
    "a naïve café — “quoted” 3½ ١٢ x\u0301y",
    "the <MASK> of times<SEP>",
    "日本語 and 𝒳",
]
CORPUS = [
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness,",
    "it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of",
    "Darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had nothing.",
]
GENOME = "".join(DNA[1:5]).replace("x", "") * 2 + DNA[6] * 3 + DNA[6][::-1]


def bpe(corpus, size, unk="<UNK>", specials=SPECIALS):
    tokenizer = Tokenizer(models.BPE(unk_token=unk))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=specials, show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    return tokenizer


def bpe_framed():
    """Special tokens of another name, and a post-processor: kept, and no concern of bare ids."""
    names = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    tokenizer = bpe([GENOME], 40, "[UNK]", names)
    pairs = [("[CLS]", 1), ("[SEP]", 2)]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=pairs)
    return tokenizer


def words(tokens, pattern):
    tokenizer = Tokenizer(models.WordLevel({token: i for i, token in enumerate(SPECIALS + tokens)}, unk_token="<UNK>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), "isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens(SPECIALS)
    return tokenizer


def kmers(k, bases="ACGT"):
    return ["".join(kmer) for kmer in itertools.product(bases, repeat=k)]


def wordpiece():
    """A kind of model that this project leaves to the library, with a normaliser."""
    pieces = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]", "it", "was", "the", "of", "time", "##s", "best", ",", "."]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(pieces[:5])
    return tokenizer


def byte_offsets(text, offsets):
    at = list(itertools.accumulate((len(c.encode()) for c in text), initial=0))
    return [[at[start], at[end]] for start, end in offsets]


def answers(folder, texts):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = []
    for text in texts:
        encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids = encoding["input_ids"]
        offsets = byte_offsets(text, encoding["offset_mapping"])
        rows.append({"text": text, "ids": ids, "offsets": offsets, "decoded": tokenizer.decode(ids)})
    return {"mask": tokenizer.mask_token_id, "pad": tokenizer.pad_token_id, "size": len(tokenizer), "rows": rows}


def theirs():
    made = {
        "bpe_text": (bpe(CORPUS, 90), TEXT),
        "bpe_dna": (bpe([GENOME], 60), DNA),
        "bpe_framed": (bpe_framed(), DNA),
        "kmer": (words(kmers(3) + list("ACGTN"), r"[ACGT]{3}|[\s\S]"), DNA),
        "char": (words(list("NTGCA"), r"[\s\S]"), DNA),
        "wordpiece": (wordpiece(), TEXT),
    }
    found = {}
    for name, (tokenizer, texts) in made.items():
        folder = GOLDEN / "theirs" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        names = {f"{r}_token": next(s for s in [f"<{r.upper()}>", f"[{r.upper()}]"] if tokenizer.token_to_id(s) is not None)
                 for r in ["unk", "pad", "cls", "sep", "mask"]}
        config = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False, **names}
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")
        found[name] = answers(folder, texts)
    return found


def ours():
    texts = {"bpe_text": TEXT, "char_text": TEXT}
    folders = sorted(folder for folder in (GOLDEN / "ours").iterdir())
    return {folder.name: answers(folder, texts.get(folder.name, DNA)) for folder in folders}


def nucleotide_transformer():
    tokens = ["<unk>", "<pad>", "<mask>", "<cls>", *kmers(6, "ATCG"), *"ATCGN"]
    with tempfile.TemporaryDirectory() as folder:
        vocab = Path(folder) / "vocab.txt"
        vocab.write_text("\n".join(tokens))
        tokenizer = EsmTokenizer(str(vocab), eos_token=None)
        texts = [text for text in DNA if "<" not in text and "x" not in text]
        rows = [{"text": text, "ids": tokenizer(text, add_special_tokens=False)["input_ids"]} for text in texts]
        return {"size": len(tokenizer), "mask": tokenizer.mask_token_id, "pad": tokenizer.pad_token_id, "rows": rows}


def write(name, answer):
    (GOLDEN / name).write_text(json.dumps(answer, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    write("theirs.json", theirs())
    write("ours.json", ours())
    write("nucleotide_transformer.json", nucleotide_transformer())
