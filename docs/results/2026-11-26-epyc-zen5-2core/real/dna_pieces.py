"""Sequences of FASTA files in pieces of 2048 bases in random order: dna_pieces.py FILE.fa.gz... > pieces.fa"""
import gzip, random, sys
pieces = []
for name in sys.argv[1:]:
    with gzip.open(name, "rt") as lines:
        records = lines.read().split(">")[1:]
    for record in records:
        title, _, bases = record.partition("\n")
        bases = bases.replace("\n", "")
        title = title.split()[0]
        pieces += [(f"{title}:{i}", bases[i:i + 2048]) for i in range(0, len(bases), 2048)]
random.Random(0).shuffle(pieces)
for title, bases in pieces:
    print(f">{title}\n{bases}")
