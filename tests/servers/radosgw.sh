#!/bin/bash
# A real S3 server for the tests: one Ceph monitor, one OSD that keeps everything in memory, and radosgw in front,
# on free ports of 127.0.0.1. Everything it writes lies below DIR.
#
#     radosgw.sh start DIR     writes DIR/env when the server answers
#     radosgw.sh stop DIR      ends it; DIR stays
#
# DIR/env, to be sourced:
#     S3_ENDPOINT, S3_TLS_ENDPOINT, S3_CA_FILE     http and https; also http://BUCKET.localhost:PORT
#     S3_USER, S3_ACCESS_KEY, S3_SECRET_KEY        who may do everything with what they own
#     S3_SCOPED_USER, …                            owns nothing: for bucket policies
#     S3_STRANGER_USER, …                          owns nothing, is granted nothing
#     S3_ADMIN                                     radosgw-admin with this server's configuration (an array)
#
# S3_SIZE_GIB (4) is what all objects together may have; it takes memory as it is used.
set -euo pipefail

ANSWER_SECONDS=180
HERE=$(cd "$(dirname "$0")" && pwd)

make_certificates() {
	mkdir -p tls
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=throw-away CA of a test" \
		-addext keyUsage=critical,keyCertSign -keyout tls/ca.key -out tls/ca.pem 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
		-keyout tls/server.key -out tls/server.csr 2>/dev/null
	# Python 3.13 takes no CA that does not say what its key is for, and no certificate that does not say whose it is.
	# A wildcard right below a top name counts for nothing: the bucket "objects" has names of its own, as each of who share a server.
	openssl x509 -req -in tls/server.csr -CA tls/ca.pem -CAkey tls/ca.key -CAcreateserial -days 2 -out tls/server.pem \
		-extfile <(printf '%s\n' authorityKeyIdentifier=keyid "subjectAltName=DNS:localhost,IP:127.0.0.1$(
			printf ',DNS:%sobjects.localhost' '' conformance-test-{,{2..19}-})") 2>/dev/null
}

write_configuration() {
	local dir=$1 fsid=$2 mon_port=$3 http_port=$4 tls_port=$5
	cat >"$dir/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$mon_port]
public network = 127.0.0.0/8
ms bind ipv6 = false
# radosgw does not come up without authentication between the daemons
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = $dir/keyring
run dir = $dir
log file = $dir/log/\$name.log
pid file = $dir/\$name.pid
admin socket = $dir/\$name.asok
crash dir = $dir/crash
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 2000

[mon]
mon data = $dir/mon
mon initial members = a
mon cluster log file = $dir/log/cluster.log
mon data avail crit = 1
mon data avail warn = 1
mon osd min in ratio = 0
# one monitor has nobody to wait for: this is most of the time that a start takes
paxos propose interval = 0.05
paxos min wait = 0.01

[osd]
osd data = $dir/osd
keyring = $dir/osd/keyring
osd objectstore = memstore
memstore device bytes = $((${S3_SIZE_GIB:-4} << 30))
osd class update on start = true
# Debian 13's looks for it below the current directory
osd class dir = $(echo /usr/lib/*/rados-classes)

[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:$http_port ssl_endpoint=127.0.0.1:$tls_port ssl_certificate=$dir/tls/server.pem ssl_private_key=$dir/tls/server.key
rgw dns name = localhost
rgw crypt require ssl = false
rgw enable usage log = false
rgw num rados handles = 1
rgw thread pool size = 32
rgw gc max objs = 16
rgw run sync thread = false
rgw lc debug interval = ${RADOSGW_DAY_SECONDS:--1}
CONF
}

# The daemon in the background, its id in DIR/pids.
launch() {
	local name=$1
	shift
	setsid "$@" </dev/null >"log/$name.out" 2>&1 &
	echo $! >>pids
}

start_cluster() {
	local dir=$1 mon_port=$2 fsid osd_uuid osd_key
	fsid=$(cat /proc/sys/kernel/random/uuid)
	osd_uuid=$(cat /proc/sys/kernel/random/uuid)
	write_configuration "$dir" "$fsid" "$mon_port" "$3" "$4"
	export CEPH_CONF=$dir/ceph.conf

	ceph-authtool --create-keyring keyring --gen-key -n mon. --cap mon 'allow *' >/dev/null
	ceph-authtool keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' >/dev/null
	ceph-authtool keyring --gen-key -n client.rgw --cap mon 'allow *' --cap osd 'allow *' >/dev/null
	monmaptool --create --clobber --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_port]" monmap >/dev/null
	ceph-mon -c ceph.conf -i a --mkfs --monmap monmap --keyring keyring >log/mon-mkfs.out 2>&1 || return 1
	launch mon ceph-mon -c "$dir/ceph.conf" -i a -f

	osd_key=$(ceph-authtool --gen-print-key)
	ceph-authtool --create-keyring osd/keyring --name osd.0 --add-key "$osd_key" >/dev/null
	printf '{"cephx_secret": "%s"}' "$osd_key" >osd-key.json
	ceph -c ceph.conf --connect-timeout 60 osd new "$osd_uuid" 0 -i osd-key.json >/dev/null 2>log/osd-new.out || return 1
	ceph-osd -c ceph.conf -i 0 --mkfs --osd-uuid "$osd_uuid" >log/osd-mkfs.out 2>&1 || return 1
	launch osd ceph-osd -c "$dir/ceph.conf" -i 0 -f
	launch radosgw radosgw -c "$dir/ceph.conf" -n client.rgw -f
}

# Another server may have the port, so it is asked for what only this one grants.
knows_its_owner() {
	local date signature
	date=$(date -uR)
	signature=$(printf 'GET\n\n\n%s\n/' "$date" | openssl dgst -sha1 -hmac "$S3_SECRET_KEY" -binary | base64)
	curl -sf -m 30 -o /dev/null --noproxy '*' -H "Date: $date" -H "Authorization: AWS $S3_ACCESS_KEY:$signature" "$S3_ENDPOINT/"
}

wait_until_it_answers() {
	local deadline=$((SECONDS + ANSWER_SECONDS))
	until "$@"; do
		[ $SECONDS -lt $deadline ] && kill -0 $(cat pids) 2>/dev/null || return 1
		sleep 0.1
	done
}

add_user() {
	radosgw-admin -c ceph.conf user create --uid="$1" --display-name="$1" --access-key="$2" --secret-key="$3" \
		>>log/users.out 2>&1
}

add_users() {
	add_user "$S3_USER" "$S3_ACCESS_KEY" "$S3_SECRET_KEY" &&
		add_user "$S3_SCOPED_USER" "$S3_SCOPED_ACCESS_KEY" "$S3_SCOPED_SECRET_KEY" &&
		add_user "$S3_STRANGER_USER" "$S3_STRANGER_ACCESS_KEY" "$S3_STRANGER_SECRET_KEY"
}

write_environment() {
	local dir=$1 http_port=$2 tls_port=$3 own
	own=$(openssl rand -hex 4)
	cat >env.new <<ENV
S3_ENDPOINT=http://localhost:$http_port
S3_TLS_ENDPOINT=https://localhost:$tls_port
S3_CA_FILE=$dir/tls/ca.pem
S3_USER=owner
S3_ACCESS_KEY=OWNERACCESSKEY${own^^}
S3_SECRET_KEY=ownerSecret/canary+7f3a91$own
S3_SCOPED_USER=scoped
S3_SCOPED_ACCESS_KEY=SCOPEDACCESSKEY${own^^}
S3_SCOPED_SECRET_KEY=scopedSecret/canary+52b0cd$own
S3_STRANGER_USER=stranger
S3_STRANGER_ACCESS_KEY=STRANGERACCESSKEY${own^^}
S3_STRANGER_SECRET_KEY=strangerSecret/canary+c4419e$own
S3_ADMIN=(radosgw-admin -c $dir/ceph.conf)
ENV
	. ./env.new
}

start() {
	local dir=$1 mon_port http_port tls_port
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	cd "$dir"
	for attempt in 1 2 3; do
		rm -rf mon osd log crash tls env keyring monmap
		mkdir -p mon osd log crash
		: >pids
		read -r mon_port http_port tls_port <<<"$("$HERE/free_ports.py" 3)"
		make_certificates
		write_environment "$dir" "$http_port" "$tls_port"
		if start_cluster "$dir" "$mon_port" "$http_port" "$tls_port" &&
			wait_until_it_answers curl -s -m 30 -o /dev/null --noproxy '*' "$S3_ENDPOINT" && add_users &&
			wait_until_it_answers knows_its_owner; then
			mv env.new env
			return 0
		fi
		stop "$dir"
	done
	echo "radosgw does not come up; its logs are in $dir/log" >&2
	return 1
}

# Only what still is the daemon that was started: ids are given again.
is_ours() {
	tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF -- "-c $2/ceph.conf"
}

stop() {
	local dir
	dir=$(cd "$1" && pwd)
	[ -f "$dir/pids" ] || return 0
	for signal in TERM KILL; do
		for _ in $(seq 50); do
			local left=0
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

case "${1:-}:${2:+dir}" in
start:dir) start "$2" ;;
stop:dir) stop "$2" ;;
*)
	echo "usage: radosgw.sh start|stop DIR" >&2
	exit 2
	;;
esac
