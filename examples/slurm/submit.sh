#!/usr/bin/env bash
# Runs a study as job arrays: a task for each member of each arm, one for the measures of each arm, and one that collects the results.
#
#   examples/slurm/submit.sh examples/slurm/study.toml runs/study [options of sbatch for every job ...]
#
# The folder must be on a file system that every node sees. PROGRAM names the program, built as
# `cargo build --release --example entropy_study`; ARMS and MEMBERS are those of the file unless they are set.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
CONFIG=$(realpath "$1") OUT=$(realpath -m "$2")
shift 2
PROGRAM=$(realpath "${PROGRAM:-target/release/examples/entropy_study}")
value() { sed -n "s/^$1 *= *//p" "$CONFIG" | tr -d '[]",'; }
ARMS=${ARMS:-$(value arms)} MEMBERS=${MEMBERS:-$(value members)}
[ -n "$ARMS" ] && [ -n "$MEMBERS" ] || { echo "$CONFIG: lacks arms or members, each on one line" >&2; exit 2; }
export CONFIG OUT PROGRAM ARMS MEMBERS
read -ra arms <<<"$ARMS"
mkdir -p "$OUT/slurm"
log="$OUT/slurm/%x-%A_%a.txt"

# A job that is not ended by an error of its own: `afterok` holds the next array back until every task of this one succeeded.
members=$(sbatch --parsable "$@" --output="$log" --array="0-$((${#arms[@]} * MEMBERS - 1))" "$here/members.sbatch")
measures=$(sbatch --parsable "$@" --output="$log" --array="0-$((${#arms[@]} - 1))" --dependency="afterok:$members" "$here/measures.sbatch")
collect=$(sbatch --parsable "$@" --output="$OUT/slurm/%x-%j.txt" --dependency="afterok:$measures" "$here/collect.sbatch")
echo "$members $measures $collect"
