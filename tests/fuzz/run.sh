#!/bin/bash
# Runs fuzz targets for FUZZ_SECONDS each, on what earlier runs found (beside the target) and on the seeds in seeds/NAME.
# What crashes one is left in TARGET.found/.
set -u
here=$(cd "$(dirname "$0")" && pwd)
passed=0
failed=0
for target in "$@"; do
	name=$(basename "$target")
	mkdir -p "$target.corpus" "$target.found"
	seeds=()
	[ -d "$here/seeds/${name#fuzz_}" ] && seeds=("$here/seeds/${name#fuzz_}")
	if "$target" -max_total_time="${FUZZ_SECONDS:-10}" ${FUZZ_SEED:+-seed="$FUZZ_SEED"} -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
		-artifact_prefix="$target.found/" "$target.corpus" "${seeds[@]}" >"$target.log" 2>&1; then
		passed=$((passed + 1))
		echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$target.log") inputs"
	else
		failed=$((failed + 1))
		echo "FAILED $name:"
		tail -n 40 "$target.log"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
