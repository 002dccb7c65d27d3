#!/bin/bash
# Makes the files of tests/versions in the root of a release, as root there: inside.sh FOLDER OWNER
#
# A file is TOOL-VARIANT, without the version that its row in the table has in its name. FOLDER/made says which version made it:
# a line for each, "TOOL-VARIANT<tab>VERSION". What needs a key makes one, and it goes with this root. A tool that fails is named, and
# the others go on: what is missing then has a row.
set -euo pipefail

out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d)
chmod 755 "$work"
cd "$work"
trap 'chown -R "$2" "$out"' EXIT

# What follows is this tool's, of this version.
tool() {
	tool=$1
	version=$2
	[[ ! $2 =~ [0-9]+(\.[0-9]+)+ ]] || version=${BASH_REMATCH[0]}
}
# The path for a variant.
new() {
	printf '%s\t%s\n' "$tool-$1" "$version" >>"$out/made"
	echo "$out/$tool-$1"
}
# The version of a package, for tools that do not tell theirs.
package_version() { dpkg-query -W -f '${Version}' "$1" | sed 's/^[0-9]*://'; }

# A command that succeeds once the server of this process id answers.
wait_for() {
	local server=$1
	shift
	for _ in {1..100}; do
		! timeout 5 "$@" >/dev/null 2>&1 || return 0
		kill -0 "$server" || break
		sleep 0.2
	done
	tail -n 20 ./*.log
	return 1
}

what_is_packed() {
	seq 1 60 | sed 's/.*/INSERT INTO orders VALUES (&, 318&, '\''a line as dumps have them'\'');/' >text.sql
	mkdir -p data/folder
	head -n 12 text.sql >data/orders.sql
	head -c 300 /dev/urandom >data/folder/bytes.bin
	echo 'Grüße' >'data/ümläut.txt'
	: >data/empty
	ln -s orders.sql data/latest
	echo named >"data/$(printf 'long%.0s' {1..30})"
	mkdir holes
	printf middle | dd of=holes/sparse.img bs=1 seek=100000 status=none
	truncate -s 300000 holes/sparse.img
}

make_gzip() {
	tool gzip "$(gzip --version)"
	gzip -c text.sql >"$(new file.gz)"
	gzip -9 <text.sql >"$(new pipe.gz)"
	gzip --rsyncable -1 -c text.sql >"$(new rsyncable.gz)"
	(gzip -n <text.sql && gzip -n <data/orders.sql) >"$(new two-members.gz)"
	tool pigz "$(pigz --version 2>&1)"
	pigz -p 2 -c text.sql >"$(new file.gz)"
	pigz -p 2 -b 128 -i <text.sql >"$(new independent.gz)"
	pigz -11 <text.sql >"$(new zopfli.gz)"
	pigz -K -c text.sql >"$(new single.zip)"
	tool busybox "$(busybox 2>&1)"
	busybox gzip -c text.sql >"$(new file.gz)"
}

make_zstd() {
	tool zstd "$(zstd --version)"
	zstd -q text.sql -o "$(new file.zst)"
	zstd -q <text.sql >"$(new pipe.zst)"
	zstd -q --adapt <text.sql >"$(new adapt.zst)"
	zstd -q -T2 -19 -c text.sql >"$(new threads.zst)"
	zstd -q --long=27 <text.sql >"$(new long27.zst)"
	zstd -q --ultra --long=31 <text.sql >"$(new long31.zst)"
	zstd -q --no-check -c text.sql >"$(new no-check.zst)"
	zstd -q --rsyncable -T2 <text.sql >"$(new rsyncable.zst)"
	zstd -q </dev/null >"$(new empty.zst)"
	(zstd -q <text.sql && zstd -q <data/orders.sql) >"$(new two-frames.zst)"
	pzstd -q -c text.sql >"$(new pzstd.zst)"
	zstd -q --format=lz4 -c text.sql >"$(new as-lz4.lz4)" || rm -f "$out/$tool-as-lz4.lz4"
}

make_xz() {
	tool xz "$(xz --version)"
	xz -c text.sql >"$(new file.xz)"
	xz -T2 --block-size=1KiB <text.sql >"$(new threads-blocks.xz)"
	xz -T1 --block-size=1KiB <text.sql >"$(new blocks.xz)"
	for check in none crc32 sha256; do xz --check=$check -c text.sql >"$(new check-$check.xz)"; done
	xz -9e <text.sql >"$(new extreme.xz)"
	xz --x86 --lzma2 <text.sql >"$(new x86.xz)"
	xz --delta=dist=4 --lzma2 <text.sql >"$(new delta.xz)"
	(xz <text.sql && xz <data/orders.sql) >"$(new two-streams.xz)"
	tool pixz "$(package_version pixz)"
	pixz <text.sql >"$(new pipe.xz)"
}

make_bzip2_and_lz4() {
	tool bzip2 "$(bzip2 --version 2>&1 </dev/null)"
	bzip2 -c text.sql >"$(new file.bz2)"
	bzip2 -1 <text.sql >"$(new pipe.bz2)"
	tool pbzip2 "$(pbzip2 --version 2>&1)"
	pbzip2 -p2 -c text.sql >"$(new file.bz2)"
	tool lbzip2 "$(lbzip2 --version 2>&1)"
	lbzip2 -n 2 <text.sql >"$(new pipe.bz2)"
	tool lz4 "$(lz4 --version)"
	lz4 -q -c text.sql >"$(new file.lz4)"
	lz4 -q -9 <text.sql >"$(new pipe.lz4)"
	lz4 -q -BD -B4 -BX <text.sql >"$(new block-sums.lz4)"
	lz4 -q --content-size -c text.sql >"$(new content-size.lz4)"
	lz4 -q --no-frame-crc -c text.sql >"$(new no-frame-crc.lz4)"
}

make_tar() {
	tool tar "$(tar --version)"
	for format in v7 oldgnu gnu ustar posix; do
		# Two formats have no room for the long name, and a header more for each file is what one needs.
		names=(data)
		case $format in v7 | ustar | posix) names=(data/orders.sql data/folder data/empty data/latest) ;; esac
		tar --format=$format -b 2 -cf "$(new $format.tar)" "${names[@]}"
	done
	tar -cf "$(new record.tar)" data/orders.sql
	tar -cf - data | cat >"$(new pipe.tar)"
	tar -b 2 --format=gnu --sparse -cf "$(new sparse-gnu.tar)" holes
	for sparse in 0.0 0.1 1.0; do tar -b 2 --format=posix --sparse --sparse-version=$sparse -cf "$(new sparse-$sparse.tar)" holes; done
	tar -b 2 --format=posix --pax-option=comment=nightly -cf "$(new global-header.tar)" data/orders.sql
	tar -b 2 --label=nightly -cf "$(new label.tar)" data/orders.sql
	tar -b 2 --listed-incremental=snapshot -cf "$(new incremental.tar)" data
	tar -b 2 -cf appended.tar data/orders.sql
	tar -b 2 -rf appended.tar data/ümläut.txt
	mv appended.tar "$(new appended.tar)"
	tar -czf "$(new packed.tar.gz)" data
	tar --zstd -cf "$(new packed.tar.zst)" data
	tar -cJf "$(new packed.tar.xz)" data
	tool bsdtar "$(bsdtar --version)"
	for format in gnutar pax paxr ustar; do bsdtar -b 2 --format $format -cf "$(new $format.tar)" data/orders.sql data/folder data/ümläut.txt; done
	bsdtar -b 2 -cf "$(new sparse.tar)" holes
	bsdtar -acf "$(new packed.tar.zst)" data
	bsdtar --format zip -cf "$(new file.zip)" data
	bsdtar --format zip -cf - data | cat >"$(new pipe.zip)"
	bsdtar --format zip --options zip:compression=store -cf - data | cat >"$(new stored.zip)"
	for format in newc odc; do bsdtar --format $format -cf "$(new $format.cpio)" data; done
	tool busybox "$(busybox 2>&1)"
	busybox tar -cf "$(new ustar.tar)" data/orders.sql data/folder
	busybox tar -cf "$(new long.tar)" data
	find data | busybox cpio -o -H newc >"$(new newc.cpio)" 2>/dev/null
	tool pax "$(package_version pax)"
	pax -w -x ustar -b 1024 -f "$(new ustar.tar)" data/orders.sql data/folder
	pax -w -x sv4crc -b 512 -f "$(new crc.cpio)" data/orders.sql data/folder
	tool cpio "$(cpio --version)"
	for format in newc crc odc bin; do find data | cpio --quiet -o -H $format >"$(new $format.cpio)"; done
	find data | cpio --quiet -o -H newc | gzip >"$(new newc.cpio.gz)"
}

make_zip() {
	tool zip "$(zip --version | grep 'This is')"
	zip -qr "$(new file.zip)" data
	zip -qr - data | cat >"$(new pipe.zip)"
	zip -qr -fz "$(new zip64.zip)" data
	zip -qr -fz - data | cat >"$(new zip64-pipe.zip)"
	zip -q - - <text.sql | cat >"$(new filter.zip)"
	zip -qry "$(new links.zip)" data
	zip -qr0 "$(new stored.zip)" data
	zip -qr -Z bzip2 "$(new bzip2.zip)" data
	zip -qr -P example "$(new encrypted.zip)" data/orders.sql
	# A file is made by a name that ends in .zip only.
	zip -qr appended.zip data/orders.sql && zip -q appended.zip data/ümläut.txt && mv appended.zip "$(new appended.zip)"
	tool 7zip "$(7zz 2>/dev/null || 7z)"
	seven=$(command -v 7zz || command -v 7z)
	"$seven" a -bd -tzip "$(new file.zip)" data >/dev/null
	"$seven" a -bd -tzip -mm=Deflate64 "$(new deflate64.zip)" data >/dev/null
	"$seven" a -bd -tzip -mm=BZip2 "$(new bzip2.zip)" data >/dev/null
	"$seven" a -bd -tzip -mm=LZMA "$(new lzma.zip)" data >/dev/null
	"$seven" a -bd -tzip -mm=PPMd "$(new ppmd.zip)" data >/dev/null
	"$seven" a -bd -tzip -mem=AES256 -pexample "$(new aes.zip)" data/orders.sql >/dev/null
	"$seven" a -bd -tzip -si "$(new stdin.zip)" <text.sql >/dev/null
	"$seven" a -bd -tgzip "$(new file.gz)" text.sql >/dev/null
	"$seven" a -bd -tbzip2 "$(new file.bz2)" text.sql >/dev/null
	"$seven" a -bd -txz "$(new file.xz)" text.sql >/dev/null
	"$seven" a -bd -ttar "$(new file.tar)" data/orders.sql >/dev/null
}

make_python() {
	tool python "$(python3 --version)"
	names=(file.gz file.bz2 file.xz file.lzma-none.xz gnu.tar pax.tar ustar.tar stream.tar packed.tar.gz deflated.zip stored.zip bzip2.zip lzma.zip zip64.zip
		unseekable.zip made-by-archive.zip)
	for name in "${names[@]}"; do new "$name" >/dev/null; done
	python3 - "$out/$tool-" <<-'END'
		import bz2, gzip, io, lzma, shutil, sys, tarfile, zipfile

		def path(name):
		    return sys.argv[1] + name

		def put(name, data):
		    with open(path(name), "wb") as file:
		        file.write(data)

		text = open("text.sql", "rb").read()
		with gzip.open(path("file.gz"), "wb") as file:
		    file.write(text)
		put("file.bz2", bz2.compress(text))
		put("file.xz", lzma.compress(text))
		put("file.lzma-none.xz", lzma.compress(text, check=lzma.CHECK_NONE))
		for name, form in (("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT), ("ustar", tarfile.USTAR_FORMAT)):
		    with tarfile.open(path(name + ".tar"), "w", format=form) as archive:
		        for member in ("data/orders.sql", "data/ümläut.txt", "data/latest"):
		            archive.add(member)
		memory = io.BytesIO()
		with tarfile.open(fileobj=memory, mode="w|") as archive:
		    archive.add("data/orders.sql")
		put("stream.tar", memory.getvalue())
		with tarfile.open(path("packed.tar.gz"), "w:gz") as archive:
		    archive.add("data")
		members = ("data/orders.sql", "data/ümläut.txt", "data/empty", "data/folder/bytes.bin")
		for name, method in (("deflated", zipfile.ZIP_DEFLATED), ("stored", zipfile.ZIP_STORED), ("bzip2", zipfile.ZIP_BZIP2), ("lzma", zipfile.ZIP_LZMA)):
		    with zipfile.ZipFile(path(name + ".zip"), "w", method) as archive:
		        for member in members:
		            archive.write(member)
		with zipfile.ZipFile(path("zip64.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
		    for member in members:
		        with archive.open(member, "w", force_zip64=True) as file:
		            file.write(open(member, "rb").read())

		class Pipe(io.RawIOBase):
		    def __init__(self):
		        self.all = b""

		    def writable(self):
		        return True

		    def write(self, data):
		        self.all += bytes(data)
		        return len(data)

		pipe = Pipe()
		with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
		    for member in members:
		        archive.write(member)
		put("unseekable.zip", pipe.all)
		shutil.make_archive("made", "zip", ".", "data")
		shutil.move("made.zip", path("made-by-archive.zip"))
	END
}

make_encrypted() {
	tool age "$(age --version)"
	age-keygen -o key.txt 2>/dev/null
	recipient=$(age-keygen -y key.txt)
	age -r "$recipient" <text.sql >"$(new x25519.age)"
	age -a -r "$recipient" <text.sql >"$(new x25519.age.asc)"
	age -r "$recipient" </dev/null >"$(new empty.age)"
	if age-keygen -pq -o pq.txt 2>/dev/null; then
		recipient=$(age-keygen -y pq.txt)
		age -r "$recipient" <text.sql >"$(new pq.age)"
		age -a -r "$recipient" <text.sql >"$(new pq.age.asc)"
	fi
	tool gpg "$(gpg --version)"
	export GNUPGHOME=$work/gnupg
	mkdir -m 700 "$GNUPGHOME"
	gpg="gpg --quiet --batch --yes --no-tty --trust-model always --pinentry-mode loopback"
	$gpg --passphrase '' --quick-generate-key backup@example.net default default never 2>/dev/null
	$gpg --passphrase '' --quick-generate-key other@example.net rsa2048 encr never 2>/dev/null
	$gpg --passphrase example --symmetric <text.sql >"$(new symmetric.gpg)"
	$gpg --passphrase example --symmetric --armor <text.sql >"$(new symmetric.gpg.asc)"
	$gpg --passphrase example --symmetric -o "$(new symmetric-file.gpg)" text.sql
	$gpg --encrypt -r backup@example.net <text.sql >"$(new public.gpg)"
	$gpg --encrypt -r backup@example.net --armor <text.sql >"$(new public.gpg.asc)"
	$gpg --encrypt -r backup@example.net -r other@example.net -o "$(new two-recipients.gpg)" text.sql
	$gpg --encrypt -R backup@example.net -z 0 <text.sql >"$(new hidden-recipient.gpg)"
	$gpg --encrypt --sign -u backup@example.net --passphrase '' -r backup@example.net <text.sql >"$(new signed.gpg)"
	$gpg --passphrase example --symmetric --rfc4880 --armor --emit-version <text.sql >"$(new version-line.gpg.asc)"
	$gpg --passphrase example --symmetric --force-ocb <text.sql >"$(new ocb.gpg)" 2>/dev/null || sed -i '/gpg-ocb/d' "$out/made"
	gpgconf --kill all
	if command -v sq >/dev/null; then
		tool sq "$(sq version 2>&1 || sq --version 2>&1)"
		# GnuPG's key is at hand.
		gpg --export backup@example.net >cert.pgp
		sq encrypt --for-file cert.pgp --without-signature --binary --output "$(new public.pgp)" text.sql 2>/dev/null
		sq encrypt --for-file cert.pgp --without-signature --output "$(new public.pgp.asc)" text.sql 2>/dev/null
	fi
}

make_sqlite() {
	tool sqlite "$(sqlite3 --version)"
	fill="create table orders(id integer primary key, line text); create index by_line on orders(line);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 60) insert into orders select i, hex(i * 7919) from n;"
	sqlite3 shop.db "pragma page_size = 1024; $fill"
	sqlite3 shop.db ".backup '$(new backup.db)'"
	sqlite3 shop.db "vacuum into '$(new vacuum-into.db)'"
	sqlite3 shop.db .dump >"$(new dump.sql)"
	cp shop.db "$(new as-it-is.db)"
	sqlite3 shop.db 'delete from orders where id > 20' && cp shop.db "$(new free-pages.db)"
	sqlite3 shop.db vacuum && cp shop.db "$(new vacuum.db)"
	sqlite3 wal.db "pragma page_size = 1024; pragma journal_mode = wal; $fill" >/dev/null
	cp wal.db "$(new wal.db)"
	sqlite3 wal.db ".backup '$(new wal-backup.db)'"
	sqlite3 "$(new auto-vacuum.db)" "pragma page_size = 512; pragma auto_vacuum = incremental; pragma encoding = 'UTF-16le'; $fill"
	sqlite3 "$(new page-4096.db)" 'create table t(a); insert into t values (1)'
	sqlite3 "$(new empty.db)" 'pragma user_version = 1'
}

as_server() { runuser -u postgres -- env PATH="$PATH" "$@"; }

make_postgres() {
	PATH=$(printf '%s\n' /usr/lib/postgresql/*/bin):$PATH
	major=$(pg_dump --version | grep -o '[0-9]*' | head -n 1)
	tool pg "$(pg_dump --version)"
	install -d -o postgres -m 755 server server/socket
	as_server initdb -D server/data -U postgres -A trust -E UTF8 --no-sync >/dev/null
	as_server pg_ctl -D "$work/server/data" -s -w -l "$work/server/log" \
		-o "-c listen_addresses= -k $work/server/socket -c fsync=off -c max_wal_senders=2" start
	export PGHOST=$work/server/socket PGUSER=postgres PGDATABASE=shop
	psql -qd postgres -c 'create database shop' -c 'create database blobs' -c 'create database nothing' -c 'create role app'
	psql -q <<-'END'
		create table orders(id int primary key, line text);
		insert into orders select i, md5(i::text) from generate_series(1, 12) i;
		create table "Größe"(x int); insert into "Größe" values (1);
		create view latest as select max(id) from orders;
	END
	psql -qtd blobs -c "create table t(i int); insert into t values (1)" \
		-c "select lo_from_bytea(0, 'one'), lo_from_bytea(0, convert_to(repeat('another ', 40), 'UTF8'))" >/dev/null
	custom
	folders_and_tar
	texts
	cluster
}

stop_postgres() {
	[ ! -e server/data/postmaster.pid ] || as_server pg_ctl -D "$work/server/data" -s -w -m immediate stop
}

custom() {
	compressions=(none gzip)
	[ "$major" -lt 16 ] || compressions+=(lz4 zstd)
	for c in "${compressions[@]}"; do
		option=--compress=$c
		[ "$major" -ge 16 ] || option=-Z$([ $c = none ] && echo 0 || echo 6)
		pg_dump -Fc $option -f "$(new custom-$c.dump)"
		pg_dump -Fc $option >"$(new custom-$c-redirected.dump)"
		pg_dump -Fc $option | cat >"$(new custom-$c-pipe.dump)"
		pg_dump -d blobs -Fc $option -f "$(new blobs-$c.dump)"
		pg_dump -d blobs -Fc $option >"$(new blobs-$c-redirected.dump)"
		pg_dump -d blobs -Fc $option | cat >"$(new blobs-$c-pipe.dump)"
	done
	[ "$major" -lt 16 ] || pg_dump -Fc --compress=zstd:level=19,long -f "$(new custom-zstd-long.dump)"
	[ "$major" -lt 18 ] || pg_dump -Fc --statistics -f "$(new custom-statistics.dump)"
	[ "$major" -lt 18 ] || pg_dump -Fc --statistics-only >"$(new custom-statistics-only-redirected.dump)"
	pg_dump -Fc --schema-only -f "$(new custom-schema.dump)"
	pg_dump -Fc --section=data >"$(new custom-data-redirected.dump)"
	pg_dump -Fc --inserts -f "$(new custom-inserts.dump)"
	pg_dump -Fc -d nothing -f "$(new custom-empty.dump)"
	pg_dump -Fc -d nothing >"$(new custom-empty-redirected.dump)"
	# Large objects of other owners and privileges stand in groups of their own.
	psql -qtd blobs -v ON_ERROR_STOP=1 >/dev/null <<-'END'
		select lo_from_bytea(4001, 'three'), lo_from_bytea(4002, 'four'), lo_from_bytea(4003, '');
		alter large object 4001 owner to app;
		grant select on large object 4002 to app;
	END
	pg_dump -d blobs -Fc -f "$(new blobs-groups.dump)"
	pg_dump -d blobs -Fc >"$(new blobs-groups-redirected.dump)"
	pg_dump -d blobs -Fc | cat >"$(new blobs-groups-pipe.dump)"
}

folders_and_tar() {
	for c in "${compressions[@]}"; do
		option=--compress=$c
		[ "$major" -ge 16 ] || option=-Z$([ $c = none ] && echo 0 || echo 6)
		for database in shop blobs; do
			rm -rf dump
			pg_dump -d $database -Fd $option -j 2 -f dump
			tar -czf "$(new $database-folder-$c.tar.gz)" dump
		done
	done
	for database in shop blobs; do
		pg_dump -d $database -Ft -f $database.tar
		gzip <$database.tar >"$(new $database-tar.tar.gz)"
	done
	pg_dump -d shop -Ft --section=data >"$(new tar-data-redirected.tar)"
}

texts() {
	pg_dump >"$(new plain.sql)"
	pg_dump --inserts -f "$(new plain-inserts.sql)"
	pg_dump -Z6 -f "$(new plain.sql.gz)"
	if [ "$major" -ge 16 ]; then
		pg_dump --compress=zstd -f "$(new plain.sql.zst)"
		pg_dump --compress=lz4 -f "$(new plain.sql.lz4)"
	fi
	pg_dump | gzip >"$(new plain-pipe.sql.gz)"
}

cluster() {
	names=(my-app 'Größe' 'it'\''s "a"=b\c')
	for name in blobs nothing; do dropdb $name; done
	for name in "${names[@]}"; do createdb "$name"; done
	pg_dumpall >"$(new cluster.sql)"
	pg_dumpall --clean --if-exists | gzip >"$(new cluster.sql.gz)"
	pg_dumpall --globals-only >"$(new globals.sql)"
	# A file for each of the manifest's lines: what can go is dropped first.
	for name in "${names[@]}" shop; do dropdb "$name"; done
	psql -qd template1 -c 'drop database postgres' -c "update pg_database set datistemplate = false where datname = 'template0'" \
		-c 'drop database template0'
	pg_basebackup -D base -X none --checkpoint=fast 2>/dev/null
	xz -9e <base/backup_manifest >"$(new backup-manifest.xz)"
	rm -rf base
}

make_mariadb() {
	tool mariadb "$(mariadb-dump --version | sed 's/.*from//; s/.*Distrib//')"
	mkdir mysql
	mariadb-install-db --no-defaults --datadir="$work/mysql" --user=root --skip-test-db --auth-root-authentication-method=normal >/dev/null
	mariadbd --no-defaults --datadir="$work/mysql" --user=root --socket="$work/mysql.sock" --skip-networking --pid-file="$work/mysql.pid" \
		>mysql.log 2>&1 &
	server=$!
	sql=(mariadb --no-defaults --socket="$work/mysql.sock" --user=root)
	wait_for "$server" "${sql[@]}" -e 'select 1'
	"${sql[@]}" <<-'END'
		create database shop; create database `my-app`; use shop;
		create table orders(id int primary key, line text, data blob);
		insert into orders values (1, 'Größe', x'00ff27'), (2, 'it''s; -- Dump completed on paper', null);
		create trigger checked before insert on orders for each row set new.line = coalesce(new.line, '');
		create view latest as select max(id) from orders;
		create procedure tidy() delete from orders where id < 0;
	END
	dump=(mariadb-dump --no-defaults --socket="$work/mysql.sock" --user=root)
	"${dump[@]}" shop >"$(new dump.sql)"
	"${dump[@]}" --single-transaction --routines --triggers --events --databases shop my-app | gzip >"$(new databases.sql.gz)"
	"${dump[@]}" --hex-blob --result-file="$(new hex.sql)" shop
	"${dump[@]}" --skip-comments shop >"$(new no-comments.sql)"
	"${dump[@]}" --skip-dump-date shop >"$(new no-date.sql)"
	"${dump[@]}" --xml shop >"$(new dump.xml)"
	"${sql[@]}" -e shutdown
	wait $server
}

make_etcd() {
	tool etcd "$(etcd --version)"
	port=$((20000 + RANDOM % 10000))
	url=http://127.0.0.1:$port peer=http://127.0.0.1:$((port + 1))
	etcd --data-dir "$work/etcd" --listen-client-urls "$url" --advertise-client-urls "$url" --listen-peer-urls "$peer" \
		--initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" >etcd.log 2>&1 &
	server=$!
	export ETCDCTL_API=3
	wait_for "$server" etcdctl --command-timeout=1s --endpoints "$url" endpoint health
	for i in {1..5}; do etcdctl --endpoints "$url" put "/registry/$i" "value $i" >/dev/null; done
	etcdctl --endpoints "$url" snapshot save snapshot.db >/dev/null 2>&1
	gzip -9 <snapshot.db >"$(new snapshot.db.gz)"
	kill $server
	wait $server || true
}

# A server of Redis' kind: its programs begin with the tool's name.
make_redis() {
	command -v "$1-server" >/dev/null || return 0
	tool "$1" "$("$1-server" --version)"
	mkdir "$1"
	(cd "$1" && exec "$tool-server" --port 0 --unixsocket "$work/$1.sock" --save '' --dir "$work/$1") >"$1.log" 2>&1 &
	server=$!
	cli=("$1-cli" -s "$work/$1.sock")
	wait_for "$server" "${cli[@]}" ping
	"${cli[@]}" save >/dev/null
	cp "$1/dump.rdb" "$(new empty.rdb)"
	"${cli[@]}" >/dev/null <<-'END'
		set greeting "Hello"
		set number 12345
		setex session 100000 "expires"
		rpush queue a b c 1 2 3
		sadd tags red green blue
		sadd numbers 1 2 3
		zadd board 1 one 2.5 two
		hset user:1 name Ada mail ada@example.net
		xadd events * kind login user 1
		xgroup create events readers 0
		xreadgroup group readers one count 1 streams events >
		setbit bits 100000 1
		pfadd visitors a b c
		geoadd places 13.4 52.5 Berlin
		function load "#!lua name=mylib\nredis.register_function('myfunc', function() return 1 end)"
		select 3
		set other "database"
	END
	"${cli[@]}" save >/dev/null
	cp "$1/dump.rdb" "$(new save.rdb)"
	"${cli[@]}" --rdb "$(new cli.rdb)" >/dev/null 2>&1
	"${cli[@]}" config set rdbcompression no >/dev/null
	"${cli[@]}" save >/dev/null
	cp "$1/dump.rdb" "$(new not-compressed.rdb)"
	"${cli[@]}" shutdown nosave
	wait $server || true
	# Whether there are sums can be said at the start only.
	(cd "$1" && exec "$tool-server" --port 0 --unixsocket "$work/$1.sock" --save '' --dir "$work/$1" --rdbchecksum no) >"$1.log" 2>&1 &
	server=$!
	wait_for "$server" "${cli[@]}" ping
	"${cli[@]}" save >/dev/null
	cp "$1/dump.rdb" "$(new no-checksum.rdb)"
	"${cli[@]}" shutdown nosave
	wait $server || true
}

: >"$out/made"
what_is_packed
for what in gzip zstd xz bzip2_and_lz4 tar zip python encrypted sqlite postgres mariadb etcd 'redis redis' 'redis valkey'; do
	# Its servers go with it. Where its status is asked for, bash would not end it at its first error.
	set +e
	(
		set -e
		trap 'kill $(jobs -p) 2>/dev/null || true; stop_postgres' EXIT
		make_$what
	)
	[ $? = 0 ] || echo "  FAILED making what is of $what" >&2
	set -e
done
