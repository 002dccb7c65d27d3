#!/bin/bash
# Three runs: a backup that is complete, one whose failure was masked, and the same under muster.
# Exits with 0 only where muster passed the first (0) and failed the last (1).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
muster=${MUSTER:-$here/../../build/muster}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

say() {
	if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi
}

"$here/make-database.sh" shop.db
mkdir scratch vault

say "1. A good night: snapshot, integrity check, gzip, upload, all under roll call."
good=0
"$muster" run "$here/backup.yml" || good=$?
echo "muster's exit code: $good"

say "2. A bad night: the volume with the database was not mounted. The script that runs every night, on its own:"
sed -n '3,$s/^/    /p' "$here/nightly.sh"
masked=0
DATABASE=not-mounted/shop.db SCRATCH=scratch TARGET=vault/unguarded.sql.gz "$here/nightly.sh" || masked=$?
echo "the script's exit code: $masked: a Job would be Complete"

say "3. The same bad night, the same script, under roll call."
rm -f scratch/* vault/unguarded.sql.gz
bad=0
"$muster" run --var script="$here/nightly.sh" --var database=not-mounted/shop.db "$here/nightly.yml" || bad=$?
echo "muster's exit code: $bad"

if [ "$good" -ne 0 ] || [ "$masked" -ne 0 ] || [ "$bad" -ne 1 ]; then
	echo "the demonstration did not go as it should: exit codes $good, $masked, $bad instead of 0, 0, 1" >&2
	exit 1
fi
say "The first backup can be restored. The second was a file of $(stat -c %s scratch/shop.sql.gz) bytes that called itself a success."
