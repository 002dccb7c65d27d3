#!/bin/bash
# The suite of the command line, without the programs that call themselves slow, and the quickstart's, by the static muster.
set -uo pipefail
tests=$(cd "$(dirname "$0")/.." && pwd)
export MUSTER=${STATIC_MUSTER:-$tests/../build/static/muster}
code=0
echo "tests/cli/run.py --quick:"
"$tests/cli/run.py" --quick || code=1
echo "tests/examples/quickstart_test.py:"
"$tests/examples/quickstart_test.py" || code=1
exit $code
