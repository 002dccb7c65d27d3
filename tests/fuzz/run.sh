#!/bin/bash
# Runs fuzz targets for FUZZ_SECONDS each, FUZZ_JOBS of them beside one another, on what earlier runs found (beside the
# target) and on the seeds in seeds/NAME. What crashes one is left in TARGET.found/.
set -u
here=$(cd "$(dirname "$0")" && pwd)

fuzz_one() {
	local target=$1 name seeds=()
	name=$(basename "$target")
	mkdir -p "$target.corpus" "$target.found"
	[ -d "$here/seeds/${name#fuzz_}" ] && seeds=("$here/seeds/${name#fuzz_}")
	if "$target" -max_total_time="${FUZZ_SECONDS:-10}" ${FUZZ_SEED:+-seed="$FUZZ_SEED"} -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
		-artifact_prefix="$target.found/" "$target.corpus" "${seeds[@]}" >"$target.log" 2>&1; then
		echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$target.log") inputs"
		return 0
	fi
	echo "FAILED $name:"$'\n'"$(tail -n 40 "$target.log")"
	return 1
}

passed=0
failed=0
running=0
count() {
	if wait -n; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
	running=$((running - 1))
}
for target in "$@"; do
	[ "$running" -lt "${FUZZ_JOBS:-1}" ] || count
	fuzz_one "$target" &
	running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
	count
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
