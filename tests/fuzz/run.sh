#!/bin/bash
# Runs one fuzz target: run.sh TARGET
#
# The seeds in seeds/NAME, which hold what was found before, and inputs made of them, as many as the target's head says ("runs N"; 10000):
# always the same ones, so that the same sources give the same verdict. With FUZZ_SECONDS it searches for new ones, so long, and begins with what earlier searches left
# in TARGET.corpus. What crashes one is left in TARGET.found/, and belongs into the seeds.
set -u
here=$(cd "$(dirname "$0")" && pwd)
target=$1
name=$(basename "$target")
mkdir -p "$target.found"
log=$target.log

if [ -n "${FUZZ_SECONDS:-}" ]; then
	corpus=$target.corpus
	mkdir -p "$corpus"
	extent=(-max_total_time="$FUZZ_SECONDS")
else
	corpus=$(mktemp -d)
	trap 'rm -rf "$corpus"' EXIT
	runs=$(sed -n '1s/.*test:.* runs \([0-9]*\).*/\1/p' "$here/$name.c")
	extent=(-runs="${runs:-10000}" -seed=1)
fi
folders=("$corpus")
[ -d "$here/seeds/${name#fuzz_}" ] && folders+=("$here/seeds/${name#fuzz_}")

if "$target" "${extent[@]}" -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 -artifact_prefix="$target.found/" "${folders[@]}" \
	>"$log" 2>&1; then
	echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
	echo "1 passed, 0 failed"
	exit 0
fi
echo "FAILED $name:"
tail -n 40 "$log"
echo "0 passed, 1 failed"
exit 1
