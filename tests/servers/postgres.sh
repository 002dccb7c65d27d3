#!/bin/bash
# A throw-away PostgreSQL server on a socket of its own: no port, nothing of the machine's own clusters.
#
#   postgres.sh start DIR      writes DIR/env: PGHOST, PGPORT, PGUSER (a superuser, no password)
#   postgres.sh stop DIR
#
# The server refuses to be run by root; then it is run as nobody.
set -euo pipefail

verb=${1:?start or stop}
dir=$(mkdir -p "${2:?a folder}" && cd "$2" && pwd)
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

as_server() {
	local user=()
	[ "$(id -u)" -eq 0 ] && user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	"${user[@]}" env -i PATH="$bin:/usr/bin:/bin" LC_ALL=C.UTF-8 HOME="$dir" "$@"
}

start() {
	mkdir -m 700 "$dir/data" "$dir/socket"
	if [ "$(id -u)" -eq 0 ]; then
		chmod 755 "$dir"
		chown nobody:nogroup "$dir/data" "$dir/socket"
	fi
	chmod 711 "$dir/socket"
	as_server initdb -D "$dir/data" -U postgres -A trust -E UTF8 --no-sync >/dev/null
	as_server pg_ctl -D "$dir/data" -s -w -t 60 -l "$dir/data/log" \
		-o "-c listen_addresses= -k $dir/socket -c fsync=off -c full_page_writes=off" start
	printf 'PGHOST=%s\nPGPORT=5432\nPGUSER=postgres\n' "$dir/socket" >"$dir/env"
}

stop() {
	[ -d "$dir/data" ] || return 0
	as_server pg_ctl -D "$dir/data" -s -w -m immediate stop || true
	rm -rf "$dir/data" "$dir/socket" "$dir/env"
}

case $verb in
start) start ;;
stop) stop ;;
*) echo "usage: $0 start|stop DIR" >&2 && exit 2 ;;
esac
