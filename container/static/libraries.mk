# The libraries of the static muster, from Debian's source packages. Called by libraries.sh as
#     make -f libraries.mk SOURCES=DIR PREFIX=DIR WORK=DIR
# SOURCES holds the packages' files, checked already; PREFIX gets include/ and lib/; WORK is scratch, its logs are WORK/NAME.log.
#
# Only what muster calls is built: decoders without their encoders, http and https of libcurl, TLS 1.2 and 1.3 of
# OpenSSL. No configure script is run: each takes longer than its library, to find what every glibc has. What it would
# have found is said here (-DHAVE_...), as far as the library asks for it.
#
# Nothing of the machine gets into the bytes: everything is compiled by relative paths, without debug information, with one date.

.PHONY: all
.DELETE_ON_ERROR:
SHELL = /bin/bash

LIBRARIES = zlib libzstd bzip2 lz4 xz-utils jansson expat libyaml pcre2 libisal openssl curl
all: $(LIBRARIES:%=$(WORK)/%.built)

export SOURCE_DATE_EPOCH = 1672531200
export LC_ALL = C
export TZ = UTC
export ARFLAGS = Drcs
CC = gcc
HARDENED = -O2 -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fno-semantic-interposition -ffunction-sections -fdata-sections
MACHINE := $(shell uname -m)
PINS := $(dir $(lastword $(MAKEFILE_LIST)))sources

# Debian's files with Debian's patches, all of one date.
pinned = $(SOURCES)/$(shell awk '$$1 == "$(1)" && $$4 ~ /\.dsc$$/ { print $$4 }' $(PINS))
define unpack
	@rm -rf $(WORK)/$* $(WORK)/$*.log
	@dpkg-source --no-check --no-copy -x $(call pinned,$*) $(WORK)/$* >$(WORK)/$*.log 2>&1 || { cat $(WORK)/$*.log >&2; exit 1; }
	@find $(WORK)/$* -exec touch -h -d @$(SOURCE_DATE_EPOCH) {} +
endef

$(WORK)/%.built:
	$(unpack)
	+@began=$$SECONDS; cd $(WORK)/$*; (set -e; $(build_$*)) >>$(WORK)/$*.log 2>&1; \
	[ $$? = 0 ] || { tail -n 40 $(WORK)/$*.log >&2; echo "$* cannot be built: the end of its log stands above" >&2; exit 1; }; \
	echo "  $* $$((SECONDS - began)) s"
	@touch $@

install = install -m 644 -D -t
archive = ar Drcs

build_zlib = \
	$(CC) $(HARDENED) -D_LARGEFILE64_SOURCE=1 -DHAVE_HIDDEN -DHAVE_UNISTD_H -DHAVE_STDARG_H -c \
		adler32.c crc32.c deflate.c inffast.c inflate.c inftrees.c trees.c zutil.c; \
	$(archive) libz.a *.o; \
	$(install) $(PREFIX)/lib libz.a; \
	$(install) $(PREFIX)/include zlib.h zconf.h;

build_libzstd = \
	cd lib; \
	$(CC) $(HARDENED) -DXXH_NAMESPACE=ZSTD_ -DZSTD_LEGACY_SUPPORT=0 -I. -Icommon -c common/*.c decompress/*.c decompress/*.S; \
	$(archive) libzstd.a *.o; \
	$(install) $(PREFIX)/lib libzstd.a; \
	$(install) $(PREFIX)/include zstd.h zstd_errors.h;

build_bzip2 = \
	$(CC) $(HARDENED) -D_FILE_OFFSET_BITS=64 -c blocksort.c huffman.c crctable.c randtable.c compress.c decompress.c bzlib.c; \
	$(archive) libbz2.a *.o; \
	$(install) $(PREFIX)/lib libbz2.a; \
	$(install) $(PREFIX)/include bzlib.h;

build_lz4 = \
	cd lib; \
	$(CC) $(HARDENED) -DXXH_NAMESPACE=LZ4_ -c lz4.c lz4hc.c lz4frame.c xxhash.c; \
	$(archive) liblz4.a *.o; \
	$(install) $(PREFIX)/lib liblz4.a; \
	$(install) $(PREFIX)/include lz4.h lz4frame.h;

# The decoder of .xz and .lzma, with all filters and checks that xz has.
build_xz-utils = \
	cd src/liblzma; \
	: >config.h; \
	$(CC) $(HARDENED) -std=gnu99 -D_GNU_SOURCE -DHAVE_CONFIG_H -DNDEBUG -DTUKLIB_SYMBOL_PREFIX=lzma_ -DSIZEOF_SIZE_T=8 -DMYTHREAD_POSIX=1 \
		$(foreach found,CHECK_CRC32 CHECK_CRC64 CHECK_SHA256 $(DECODERS:%=DECODER_%) STDBOOL_H _BOOL STDINT_H INTTYPES_H VISIBILITY \
		__BUILTIN_ASSUME_ALIGNED __BUILTIN_BSWAPXX $(if $(filter x86_64,$(MACHINE)),CPUID_H IMMINTRIN_H _MM_MOVEMASK_EPI8 USABLE_CLMUL) \
		FUNC_ATTRIBUTE_CONSTRUCTOR CLOCK_GETTIME CLOCK_MONOTONIC PTHREAD_CONDATTR_SETCLOCK,-DHAVE_$(found)=1) \
		-DTUKLIB_FAST_UNALIGNED_ACCESS=1 -I. -Iapi -Icommon -Icheck -Ilz -Irangecoder -Ilzma -Idelta -Isimple -I../common -c \
		$(foreach part,alone_decoder block_decoder block_header_decoder block_util common filter_common filter_decoder \
		filter_flags_decoder index_hash stream_decoder stream_flags_common stream_flags_decoder vli_decoder vli_size,common/$(part).c) \
		check/check.c check/crc32_fast.c check/crc32_table.c check/crc64_fast.c check/crc64_table.c check/sha256.c lz/lz_decoder.c \
		lzma/lzma_decoder.c lzma/lzma2_decoder.c delta/delta_common.c delta/delta_decoder.c \
		$(foreach part,arm arm64 armthumb ia64 powerpc simple_coder simple_decoder sparc x86,simple/$(part).c); \
	$(archive) liblzma.a *.o; \
	$(install) $(PREFIX)/lib liblzma.a; \
	$(install) $(PREFIX)/include api/lzma.h; \
	$(install) $(PREFIX)/include/lzma api/lzma/*.h;
DECODERS = LZMA1 LZMA2 DELTA X86 POWERPC IA64 ARM ARMTHUMB ARM64 SPARC

# Atomic counters, and the seed of the hash tables from the kernel.
build_jansson = \
	cd src; \
	sed -e 's/@json_inline@/inline/; s/@json_have_[a-z_]*@/1/' jansson_config.h.in >jansson_config.h; \
	: >jansson_private_config.h; \
	$(CC) $(HARDENED) -D_GNU_SOURCE -I. $(foreach header,STDINT_H FCNTL_H SCHED_H UNISTD_H SYS_PARAM_H SYS_STAT_H SYS_TIME_H SYS_TYPES_H \
		ENDIAN_H OPEN CLOSE READ GETTIMEOFDAY GETPID SCHED_YIELD ATOMIC_BUILTINS SYNC_BUILTINS,-DHAVE_$(header)=1) -DUSE_URANDOM=1 \
		-DINITIAL_HASHTABLE_ORDER=3 -c *.c; \
	$(archive) libjansson.a *.o; \
	$(install) $(PREFIX)/lib libjansson.a; \
	$(install) $(PREFIX)/include jansson.h jansson_config.h;

build_expat = \
	cd expat/lib; \
	: >expat_config.h; \
	$(CC) $(HARDENED) -D_GNU_SOURCE -DXML_NS -DXML_DTD -DXML_CONTEXT_BYTES=1024 -DXML_DEV_URANDOM -DHAVE_GETRANDOM -DBYTEORDER=1234 -I. \
		-c xmlparse.c xmlrole.c xmltok.c; \
	$(archive) libexpat.a *.o; \
	$(install) $(PREFIX)/lib libexpat.a; \
	$(install) $(PREFIX)/include expat.h expat_external.h;

build_libyaml = \
	cd src; \
	$(CC) $(HARDENED) -DYAML_VERSION_MAJOR=0 -DYAML_VERSION_MINOR=2 -DYAML_VERSION_PATCH=5 -DYAML_VERSION_STRING='"0.2.5"' \
		-I../include -c api.c reader.c scanner.c parser.c loader.c; \
	$(archive) libyaml.a *.o; \
	$(install) $(PREFIX)/lib libyaml.a; \
	$(install) $(PREFIX)/include ../include/yaml.h;

# As its NON-AUTOTOOLS-BUILD says; the limits are those of config.h.generic.
build_pcre2 = \
	cd src; \
	cp config.h.generic config.h; cp pcre2.h.generic pcre2.h; cp pcre2_chartables.c.dist pcre2_chartables.c; \
	$(CC) $(HARDENED) -DHAVE_CONFIG_H -DSUPPORT_JIT -DSUPPORT_UNICODE -DPCRE2_CODE_UNIT_WIDTH=8 -DPCRE2_STATIC -I. -c $(foreach part, \
		auto_possess chartables compile config context convert dfa_match error extuni find_bracket jit_compile maketables match \
		match_data newline ord2utf pattern_info script_run serialize string_utils study substitute substring tables ucd \
		valid_utf xclass,pcre2_$(part).c); \
	$(archive) libpcre2-8.a *.o; \
	$(install) $(PREFIX)/lib libpcre2-8.a; \
	$(install) $(PREFIX)/include pcre2.h;

build_libisal = \
	$(MAKE) -f Makefile.unx units=igzip 'CFLAGS_=$(HARDENED)' bin/isa-l.a; \
	rm bin/isa-l.a; $(archive) libisal.a bin/*.o; strip -D -g libisal.a; \
	$(install) $(PREFIX)/lib libisal.a; \
	$(install) $(PREFIX)/include/isa-l include/igzip_lib.h include/crc.h;

# What TLS 1.2 and 1.3 and the digests need, with their assembler. No configuration file is read: what it says would be of the
# image that muster was put into, and may name modules that are not there.
build_openssl = \
	perl ./Configure $(if $(filter aarch64,$(MACHINE)),linux-aarch64,linux-$(MACHINE)) --prefix=/usr --libdir=lib --openssldir=/etc/ssl \
		no-shared no-pic no-tests no-dso no-engine no-module no-legacy no-async no-autoload-config no-makedepend \
		no-comp no-srp no-psk no-dtls no-sctp no-srtp no-cms no-cmp no-ts no-ct no-ocsp no-rfc3779 no-nextprotoneg no-ssl-trace no-ktls \
		no-ssl3 no-tls1 no-tls1_1 no-weak-ssl-ciphers \
		no-idea no-camellia no-seed no-aria no-bf no-cast no-des no-rc2 no-rc4 no-md4 no-mdc2 no-rmd160 no-whirlpool no-sm2 no-sm3 no-sm4 \
		no-siphash no-blake2 no-scrypt no-gost no-ec2m no-dsa no-ocb no-siv -O2 $(filter-out -O2,$(HARDENED)); \
	$(MAKE) build_generated; \
	$(MAKE) libcrypto.a libssl.a; \
	$(install) $(PREFIX)/lib libcrypto.a libssl.a; \
	$(install) $(PREFIX)/include/openssl include/openssl/*.h;

$(WORK)/curl.built: $(WORK)/openssl.built
build_curl = \
	cd lib; \
	: >curl_config.h; \
	$(CC) $(HARDENED) -DHAVE_CONFIG_H -DBUILDING_LIBCURL -DCURL_STATICLIB -I../include -I. -I$(PREFIX)/include -DOS='"Linux"' \
		-DUSE_OPENSSL=1 -DHAVE_SSL_SET0_WBIO=1 -DUSE_THREADS_POSIX=1 -DENABLE_IPV6=1 -DRANDOM_FILE='"/dev/urandom"' -DCURL_SA_FAMILY_T=sa_family_t \
		-DGETHOSTNAME_TYPE_ARG2=size_t -DSTDC_HEADERS=1 $(foreach type,CURL_OFF_T LONG OFF_T SIZE_T TIME_T,-DSIZEOF_$(type)=8) -DSIZEOF_INT=4 \
		-DSIZEOF_SHORT=2 $(foreach part,ALTSVC COOKIES DICT DOH FILE FTP GETOPTIONS GOPHER HSTS IMAP LDAP LDAPS MIME MQTT NETRC NTLM \
		OPENSSL_AUTO_LOAD_CONFIG POP3 RTSP SMB SMTP TELNET TFTP,-DCURL_DISABLE_$(part)=1) $(foreach found,$(patsubst %,%_H,ARPA_INET \
		FCNTL LIBGEN LINUX_TCP NETDB NETINET_IN NETINET_TCP NETINET_UDP NET_IF POLL PTHREAD SETJMP SIGNAL STDATOMIC STDBOOL STRINGS STRING \
		SYS_IOCTL SYS_PARAM SYS_POLL SYS_SELECT SYS_SOCKET SYS_STAT SYS_TIME SYS_TYPES SYS_UN SYS_WAIT UNISTD) ALARM ATOMIC BASENAME BOOL_T \
		CLOCK_GETTIME_MONOTONIC FCHMOD FCNTL FCNTL_O_NONBLOCK FNMATCH FREEADDRINFO GETADDRINFO GETADDRINFO_THREADSAFE GETEUID \
		GETHOSTNAME GETPEERNAME GETSOCKNAME GETTIMEOFDAY GMTIME_R IF_NAMETOINDEX INET_NTOP INET_PTON LONGLONG MSG_NOSIGNAL POLL_FINE \
		POSIX_STRERROR_R RECV SCHED_YIELD SELECT SEND SENDMSG SIGACTION SIGNAL SIGSETJMP SNPRINTF SOCKADDR_IN6_SIN6_SCOPE_ID SOCKET SOCKETPAIR \
		STRDUP STRERROR_R STRTOK_R STRTOLL STRUCT_SOCKADDR_STORAGE STRUCT_TIMEVAL SUSECONDS_T VARIADIC_MACROS_C99 VARIADIC_MACROS_GCC \
		,-DHAVE_$(found)=1) -c *.c vauth/*.c vquic/*.c vtls/*.c; \
	$(archive) libcurl.a *.o; \
	$(install) $(PREFIX)/lib libcurl.a; \
	$(install) $(PREFIX)/include/curl ../include/curl/*.h;
