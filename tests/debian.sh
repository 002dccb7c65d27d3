#!/bin/bash
# What whoever has another release of Debian does, in a root of that release with nothing but make and git, and in a fresh clone of
# what is committed: make demo, make check, make static, make test.
#
#     tests/debian.sh [SUITE]      trixie
#
# Containers run in it as well: the kernel, /sys and /dev are the machine's. Says "N passed, N failed" several times: tests/run.py adds up.
set -euo pipefail
cd "$(dirname "$0")/.."

exec tests/release.sh "${1:-trixie}" make git -- bash -c '
set -euo pipefail
# Nothing that apt installs is to be started: the ports are the machine'\''s.
install -m 755 /dev/stdin /usr/sbin/policy-rc.d <<<$'\''#!/bin/sh\nexit 101'\''
git config --global --add safe.directory "*"
git clone --quiet /tree "$HOME/muster"
cd "$HOME/muster"
exec </dev/null

counted() {
	echo "make $1:"
	if make "$1" WERROR=1; then echo "1 passed, 0 failed"; else echo "0 passed, 1 failed"; fi
}
counted demo
counted test-deps
counted static
code=0
for part in check test; do
	echo "make $part:"
	make "$part" WERROR=1 || code=1
done
exit $code
'
