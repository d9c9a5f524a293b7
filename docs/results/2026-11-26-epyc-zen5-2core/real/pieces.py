"""Seven novels, lower-cased, each word marked at its beginning, in pieces of about 4000 characters in random order: pieces.py NOVEL.txt.gz... > pieces.txt"""
import gzip, random, sys
pieces = []
for name in sys.argv[1:]:
    words = gzip.open(name, "rt", encoding="utf-8").read().lower().split()
    piece, length = [], 0
    for word in words:
        piece.append("_" + word)
        length += len(word) + 2
        if length >= 4000:
            pieces.append(" ".join(piece))
            piece, length = [], 0
random.Random(0).shuffle(pieces)
print("\n".join(pieces))
