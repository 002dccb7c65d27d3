#!/bin/bash
# A root of a Debian release (tests/release.sh) with its S3 server and its clients in it, for clients_test.py: says what there is,
# as NAME=VALUE, and stays until its standard input ends. So it goes with whoever asked for it, whatever becomes of them.
set -euo pipefail

server=/root/server
trap '/tree/tests/servers/radosgw.sh stop "$server"' EXIT
/tree/tests/servers/radosgw.sh start "$server" >&2
dpkg-query --show --showformat='${Package}=${Version}\n' radosgw awscli s3cmd rclone
cat "$server/env"
echo "PID=$$"
echo
cat
