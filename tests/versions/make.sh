#!/bin/bash
# Makes the files of tests/versions anew, with the tools of three releases: tests/versions/make.sh FOLDER [SUITE...]
#
# Without SUITE the folder is emptied first. FOLDER/made says which version made each. For the files that are kept
# (tests/versions/files) the table is told of the versions instead.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$1
shift
suites=("$@")
[ $# -gt 0 ] || { suites=(bookworm trixie forky); rm -rf "$folder"; }
raw=build/versions/raw

packages=(bzip2 pbzip2 lbzip2 gzip pigz zstd xz-utils pixz lz4 zip 7zip cpio tar libarchive-tools busybox python3 age gnupg sqlite3
	mariadb-server-core mariadb-client etcd-server etcd-client redis-server pax)
declare -A more=([bookworm]='postgresql-15' [trixie]='postgresql-17 sq valkey-server' [forky]='postgresql-18 sq valkey-server')

mkdir -p "$folder"
rm -f "$folder/made"
for suite in "${suites[@]}"; do
	echo "$suite:" >&2
	rm -rf "${raw:?}/$suite"
	mkdir -p "$raw"
	tests/release.sh "$suite" "${packages[@]}" ${more[$suite]} -- bash /tree/tests/versions/inside.sh "/tree/$raw/$suite" "$(id -u):$(id -g)"
	/usr/bin/python3 tests/versions/rows.py name "$raw" "$folder" "$suite"
done
if [ "$folder" = tests/versions/files ]; then
	/usr/bin/python3 tests/versions/rows.py write-versions "$folder"
	rm "$folder/made"
fi
