"""Runs one comparison: ours (a Rust program) against a peer (Python), turn by turn on the same input.

A comparison is an executable beside this file:

    #!/usr/bin/env python3
    import peer

    def prepare(work, case, options): ...        # write the input files of a case to the folder `work`
    def theirs(work, case, options): ...         # run the peer; return {"seconds": s, ...answer}
    def agree(case, ours, theirs, options): ...  # raise where the two answers differ

    if __name__ == "__main__":
        peer.run("name", prepare, theirs, agree)

Imports of packages stand inside the functions: the script starts with any Python 3.11 and goes on with that of the
environment `target/peers`, which is made from the pinned `requirements.txt` (and from `requirements-cuda.txt`, some
gigabytes, where the registry's torch is one that cannot be imported without them). DISSENSUS_PEERS_PYTHON names an
interpreter to use instead; its packages must have the pinned versions, except on a card (`--device cuda`), whose packages are
what its machine has: `--json` states them.

Ours is the subcommand NAME of the bench target `peers`. It is called with `--work FOLDER --case CASE` and the options of the comparison that were
given as `--NAME VALUE`, and prints as its last line a JSON object {"seconds": s, ...answer}. Both sides time what they
compute, not the reading of the input. Each turn is a process of its own, with two threads, and its peak memory is
taken. The last line is `ratio MEDIAN min A max B`, the peer's time over ours in each pair of turns: above 1, ours is
faster. With several cases each gets such a line, named, and the last line is that of the first case.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
THREADS = 2
ENVIRONMENT = ROOT / "target" / "peers"
TARGET = "peers"
PREPARE = "--prepare-in"
THEIRS = "--theirs-in"


def run(name, prepare, theirs, agree, cases=("default",), arguments=None, features=()):
    """The whole of a comparison; does not return before it is printed."""
    options = parse(name, cases, arguments)
    enter_environment(options)
    if options.prepare_in:
        return prepare(Path(options.prepare_in), options.case, options)
    if options.theirs_in:
        return print(json.dumps(theirs(Path(options.theirs_in), options.case, options)))
    own = build(name, features)
    chosen = [options.case] if options.case else list(cases)
    results = [compare(own, case, agree, options) for case in chosen]
    if options.json:
        document = {"peer": name, "threads": THREADS, "device": options.device, "versions": versions(), "command": sys.argv, "cases": results}
        Path(options.json).write_text(json.dumps(document, indent=1) + "\n")
    for result in results[1:]:
        print(f"{result['case']}: {line(result)}")
    print(line(results[0]))


def parse(name, cases, arguments):
    parser = argparse.ArgumentParser(description=f"ours against the peer: {name}")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of turns (default 5)")
    parser.add_argument("--case", choices=cases, help="one case only; all by default")
    parser.add_argument("--json", help="write everything measured to this file")
    parser.add_argument("--device", default="cpu", help="where both sides compute: cpu (default) or cuda, which our side is built for by the feature of that name")
    parser.add_argument(STOCK, action="store_true", help="leave both sides' allocators as they come")
    parser.add_argument("--keep", help="prepare the input in this folder and keep it")
    for role in [PREPARE, THEIRS]:
        parser.add_argument(role, help=argparse.SUPPRESS)
    own = parser.add_argument_group("of this comparison")
    if arguments:
        arguments(own)
    options = parser.parse_args()
    options.own = {a.dest: getattr(options, a.dest) for a in own._group_actions}
    return options


def own_arguments(options):
    return [text for key, value in options.own.items() for text in (f"--{key.replace('_', '-')}", str(value))]


# The environment


def enter_environment(options):
    """Goes on in the Python of the environment, which it makes first where it is missing."""
    chosen = os.environ.get("DISSENSUS_PEERS_PYTHON")
    python = Path(chosen) if chosen else ENVIRONMENT / "bin" / "python"
    if not chosen:
        make_environment(python)
    if Path(sys.prefix).resolve() != python.parent.parent.resolve():
        os.execve(python, [str(python), *sys.argv], {**os.environ, **thread_limits()})
    if options.device == "cpu":
        check_versions()


def make_environment(python):
    pinned = HERE / "requirements.txt"
    stamp = ENVIRONMENT / "requirements.txt"
    if stamp.exists() and stamp.read_text() == pinned.read_text():
        return
    say(f"making {ENVIRONMENT}")
    venv.create(ENVIRONMENT, with_pip=True)
    install(python, pinned)
    if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode != 0:
        say("this build of torch wants the CUDA libraries even on the CPU: installing them")
        install(python, HERE / "requirements-cuda.txt")
    stamp.write_text(pinned.read_text())


def install(python, requirements):
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements], check=True)


def versions():
    """Of the packages whose speed is compared."""
    names = ("torch", "transformers", "tokenizers", "numpy")
    return {name: metadata.version(name) for name in names}


def check_versions():
    for pin in (HERE / "requirements.txt").read_text().split():
        package, _, version = pin.partition("==")
        try:
            found = metadata.version(package).partition("+")[0]
        except metadata.PackageNotFoundError:
            found = "none"
        if found != version:
            sys.exit(f"{package}: expected version {version}, found {found} in {sys.prefix}")


STOCK = "--stock-allocators"


def thread_limits():
    names = ["RAYON", "OMP", "MKL", "OPENBLAS", "NUMEXPR"]
    kept = {  # both sides' allocators keep what was freed instead of faulting it in again
        "MIMALLOC_PURGE_DELAY": "-1",
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": "-1",
    }
    limits = {f"{name}_NUM_THREADS": str(THREADS) for name in names} | {"TOKENIZERS_PARALLELISM": "true"}
    return limits if STOCK in sys.argv else limits | kept


# Ours


def build(name, features=()):
    """The command of our side of a comparison; a program built elsewhere lies in the folder of DISSENSUS_PEERS_EXECUTABLES."""
    prepared = os.environ.get("DISSENSUS_PEERS_EXECUTABLES")
    if prepared:
        return [str(Path(prepared) / TARGET), name]
    command = ["cargo", "bench", "--quiet", "--bench", TARGET, "--no-run", "--message-format=json"]
    command += ["--features", ",".join(features)] if features else []
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    messages = map(json.loads, filter(None, done.stdout.splitlines()))
    found = [m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == TARGET]
    return [found[-1], name]


# The turns


def compare(own, case, agree, options):
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(options.keep or temporary)
        work.mkdir(parents=True, exist_ok=True)
        given = ["--case", case, "--device", options.device, *own_arguments(options)]
        # A process of its own: the peak memory of a child counts that of its parent before it starts.
        subprocess.run([sys.executable, sys.argv[0], PREPARE, str(work), *given], check=True)
        ours = [*own, "--work", str(work), *given]
        theirs = [sys.executable, sys.argv[0], THEIRS, str(work), *given]
        rounds = [turn_pair(case, ours, theirs, agree, options, i) for i in range(options.rounds)]
    ratios = [pair["theirs"]["seconds"] / pair["ours"]["seconds"] for pair in rounds]
    median = statistics.median(ratios)
    return {"case": case, "ratio": median, "min": min(ratios), "max": max(ratios), "rounds": rounds}


def turn_pair(case, ours, theirs, agree, options, index):
    pair = {"ours": turn(ours), "theirs": turn(theirs)}
    agree(case, pair["ours"]["answer"], pair["theirs"]["answer"], options)
    times = ", ".join(f"{side} {t['seconds']:.4g} s, {t['peak_mb']:.0f} MB" for side, t in pair.items())
    say(f"{case} {index + 1}/{options.rounds}: {times}")
    return pair


def turn(command):
    """One process; its answer, its seconds, and the peak of its memory."""
    environment = {**os.environ, **thread_limits()}
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed with {process.returncode}")
    answer = json.loads(output.splitlines()[-1])
    wall = time.monotonic() - start
    return {"seconds": answer.pop("seconds"), "wall": wall, "peak_mb": usage.ru_maxrss / 1024, "answer": answer}


def line(result):
    return f"ratio {result['ratio']:.3g} min {result['min']:.3g} max {result['max']:.3g}"


def say(text):
    print(text, file=sys.stderr, flush=True)


# For the peers


def close(what, ours, theirs, absolute, relative=0.0):
    """Raises where two numbers, or two lists of them, differ by more than absolute + relative · |theirs|."""
    pairs = zip(flat(ours), flat(theirs), strict=True)
    for index, (a, b) in enumerate(pairs):
        if not abs(a - b) <= absolute + relative * abs(b):
            raise SystemExit(f"{what}[{index}]: ours {a}, theirs {b}")


def wait(device):
    """Until a card has computed what it was told to."""
    import torch

    if device != "cpu":
        torch.cuda.synchronize()


def sums(x):
    """Something of every element of an array: the root mean square, and a sum with signs."""
    import numpy as np

    x = x.reshape(-1).astype(np.float64)
    signs = 1.0 - 2.0 * (np.arange(x.size) % 3 % 2)
    return [float(np.sqrt(np.mean(x * x))), float(np.mean(signs * x))]


def script(name):
    """Another comparison, as a module."""
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_loader

    loader = SourceFileLoader(name, str(HERE / name))
    module = module_from_spec(spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def flat(value):
    if isinstance(value, (list, tuple)):
        return [x for item in value for x in flat(item)]
    return [value]
