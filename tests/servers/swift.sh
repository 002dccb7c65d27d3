#!/bin/bash
# A real S3 server of another family than radosgw: OpenStack Swift with its s3api, on free ports of 127.0.0.1.
# Everything it writes lies below DIR, but for the objects where DIR's file system takes no extended attributes.
#
#     swift.sh start DIR     writes DIR/env when the server answers
#     swift.sh stop DIR      ends it; DIR stays
#
# DIR/env, to be sourced:
#     S3_ENDPOINT                     http; also http://BUCKET.localhost:PORT
#     S3_REGION                       the only one that its signatures may name
#     S3_ACCESS_KEY, S3_SECRET_KEY    who may do everything; Swift's names hold a ":"
#     S3_STRANGER_ACCESS_KEY, S3_STRANGER_SECRET_KEY    of another account
#
# SWIFT_ACCOUNTS=N makes N pairs of accounts beside these two, with the same secrets: backups1:owner and others1:stranger, and so on.
set -euo pipefail

ANSWER_SECONDS=180
HERE=$(cd "$(dirname "$0")" && pwd)
REGION=swift-test-1

takes_attributes() {
	/usr/bin/python3 - "$1" 2>/dev/null <<'PYTHON'
import os, sys, tempfile
with tempfile.NamedTemporaryFile(dir=sys.argv[1]) as file:
    os.setxattr(file.name, "user.swift.metadata", b"x" * 3000)
PYTHON
}

# Swift keeps what it knows of an object in extended attributes of its file.
place_for_objects() {
	local each
	for each in "$1" /var/tmp /tmp /dev/shm; do
		takes_attributes "$each" || continue
		[ "$each" = "$1" ] && echo "$1/srv" || mktemp -d "$each/muster-swift-XXXXXX"
		return 0
	done
	echo "no file system here takes extended attributes, which Swift needs" >&2
	return 1
}

write_defaults() {
	local dir=$1 objects=$2 port=$3
	cat <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
workers = 0
user = $(id -un)
swift_dir = $dir
devices = $objects
mount_check = false
log_level = INFO
log_address = $dir/no-syslog
recon_cache_path = $dir/cache
CONF
}

write_storage_configuration() {
	local dir=$1 objects=$2 kind=$3 port=$4
	{
		write_defaults "$dir" "$objects" "$port"
		cat <<CONF
disable_fallocate = true
[pipeline:main]
pipeline = $kind-server
[app:$kind-server]
use = egg:swift#$kind
CONF
	} >"$kind.conf"
}

write_proxy_configuration() {
	local dir=$1 objects=$2 port=$3 cache_port=$4 filter
	{
		write_defaults "$dir" "$objects" "$port"
		cat <<CONF
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth copy slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:tempauth]
use = egg:swift#tempauth
user_backups_owner = $S3_SECRET_KEY .admin
user_others_stranger = $S3_STRANGER_SECRET_KEY .admin
$(for number in $(seq "${SWIFT_ACCOUNTS:-0}"); do
			printf 'user_backups%s_owner = %s .admin\n' "$number" "$S3_SECRET_KEY"
			printf 'user_others%s_stranger = %s .admin\n' "$number" "$S3_STRANGER_SECRET_KEY"
		done)
[filter:s3api]
use = egg:swift#s3api
location = $REGION
storage_domain = localhost
dns_compliant_bucket_names = true
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$cache_port
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
CONF
		for filter in healthcheck catch_errors gatekeeper listing_formats copy slo dlo symlink; do
			printf '[filter:%s]\nuse = egg:swift#%s\n' "$filter" "$filter"
		done
	} >proxy.conf
}

start_servers() {
	local dir=$1 objects=$2 http_port=$3 cache_port=$4
	shift 4
	printf '[swift-hash]\nswift_hash_path_suffix = muster\n' >swift.conf
	write_proxy_configuration "$dir" "$objects" "$http_port" "$cache_port"
	write_storage_configuration "$dir" "$objects" account "$1"
	write_storage_configuration "$dir" "$objects" container "$2"
	write_storage_configuration "$dir" "$objects" object "$3"
	setsid memcached -u "$(id -un)" -l 127.0.0.1 -p "$cache_port" -U 0 -m 16 -P "$dir/memcached.pid" </dev/null >log/cache.out 2>&1 &
	echo $! >>pids
	"$HERE/swift_servers.py" "$dir/" account="$1" container="$2" object="$3" proxy="$http_port" </dev/null >log/servers.out 2>&1
}

all_run() {
	local pid
	for pid in $(cat pids); do
		kill -0 "$pid" 2>/dev/null || return 1
	done
}

# The proxy answers before those behind it do.
wait_until_it_answers() {
	local deadline=$((SECONDS + ANSWER_SECONDS)) http_port=$1
	shift
	until ports_are_open "$@" && curl -sf -m 30 -o /dev/null --noproxy '*' "http://localhost:$http_port/healthcheck"; do
		[ $SECONDS -lt $deadline ] && all_run || return 1
		sleep 0.1
	done
}

ports_are_open() {
	local port
	for port in "$@"; do
		(: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null || return 1
	done
}

start() {
	local dir=$1 objects ports
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	cd "$dir"
	objects=$(place_for_objects "$dir")
	echo "$objects" >objects
	S3_SECRET_KEY=swiftOwnerSecret/canary+8d21$(openssl rand -hex 4)
	S3_STRANGER_SECRET_KEY=swiftStrangerSecret/canary+0f5e$(openssl rand -hex 4)
	for _ in 1 2 3; do
		rm -rf log cache env -- *.builder *.ring.gz backups "${objects:?}/sda"
		mkdir -p log cache "$objects/sda"
		: >pids
		read -ra ports <<<"$("$HERE/free_ports.py" 5)"
		start_servers "$dir" "$objects" "${ports[@]}"
		if wait_until_it_answers "${ports[@]}"; then
			cat >env.new <<ENV
S3_ENDPOINT=http://localhost:${ports[0]}
S3_REGION=$REGION
S3_ACCESS_KEY=backups:owner
S3_SECRET_KEY=$S3_SECRET_KEY
S3_STRANGER_ACCESS_KEY=others:stranger
S3_STRANGER_SECRET_KEY=$S3_STRANGER_SECRET_KEY
ENV
			mv env.new env
			return 0
		fi
		end_daemons "$dir"
	done
	echo "Swift does not come up; its logs are in $dir/log" >&2
	return 1
}

# Only what still is the daemon that was started: ids are given again.
is_ours() {
	tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF -- " $2/"
}

end_daemons() {
	local dir=$1 signal pid left
	for signal in TERM KILL; do
		for _ in $(seq 50); do
			left=0
			for pid in $(cat "$dir/pids"); do
				is_ours "$pid" "$dir" || continue
				left=1
				kill -$signal "$pid" 2>/dev/null || true
			done
			[ $left = 1 ] || break 2
			sleep 0.1
		done
	done
	rm -f "$dir/pids" "$dir/env"
}

stop() {
	local dir
	dir=$(cd "$1" && pwd)
	[ ! -f "$dir/pids" ] || end_daemons "$dir"
	[ ! -f "$dir/objects" ] || rm -rf -- "$(cat "$dir/objects")" "$dir/objects"
}

case "${1:-}:${2:+dir}" in
start:dir) start "$2" ;;
stop:dir) stop "$2" ;;
*)
	echo "usage: swift.sh start|stop DIR" >&2
	exit 2
	;;
esac
