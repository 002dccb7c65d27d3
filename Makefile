# muster: `make help` says what there is.
# Nothing here needs more than a plain Debian 12; what is missing is installed by the
# targets that need it (deps, test-deps).

BUILD ?= build
CC ?= gcc
CLANG ?= clang
VERSION := $(shell cat .version)
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)

PACKAGES = libarchive libcurl jansson libpcre2-8 expat yaml-0.1 libcrypto zlib libzstd liblzma liblz4
BUILD_DEPS = gcc make pkg-config libarchive-dev libcurl4-openssl-dev libjansson-dev libpcre2-dev libexpat1-dev \
	libyaml-dev libssl-dev zlib1g-dev libzstd-dev liblzma-dev libbz2-dev liblz4-dev ca-certificates
DEMO_DEPS = sqlite3 gzip
TEST_DEPS = $(DEMO_DEPS) bash clang clang-format libclang-rt-14-dev llvm-14 python3 python3-jsonschema \
	postgresql-15 s3cmd awscli radosgw ceph-mon ceph-osd ceph-common \
	libarchive-tools zstd lz4 xz-utils bzip2 zip cpio openssl curl procps util-linux strace age gnupg

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wwrite-strings -Wcast-qual -Wpointer-arith -Wundef -Wvla -Wformat=2 -Wnull-dereference -Wimplicit-fallthrough \
	-Wno-missing-field-initializers
HARDENING = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
HARDENING_LINK = -pie -Wl,-z,relro,-z,now
OPTIMISE = -O2 -g
SANITIZE =
COMPILE = -std=c17 -D_GNU_SOURCE -DMUSTER_VERSION='"$(VERSION)"' $(WARNINGS) $(if $(WERROR),-Werror) \
	$(OPTIMISE) $(if $(SANITIZE),$(SANITIZE),$(HARDENING)) -pthread $(shell pkg-config --cflags $(PACKAGES))
LIBRARIES = $(shell pkg-config --libs $(PACKAGES)) -lbz2 -pthread

ASSERTIONS := $(shell find assertions -name '*.c')
WRAPPER := $(shell find wrapper -name '*.c')
UNIT := $(wildcard tests/unit/*_test.c)
FUZZ := $(wildcard tests/fuzz/fuzz_*.c)
ASSERTIONS_O = $(ASSERTIONS:%.c=$(BUILD)/%.o)
WRAPPER_O = $(WRAPPER:%.c=$(BUILD)/%.o)
UNIT_BIN = $(UNIT:tests/unit/%.c=$(BUILD)/unit/%)
FUZZ_BIN = $(FUZZ:tests/fuzz/%.c=$(BUILD)/fuzz/%)

.PHONY: all muster deps demo-deps test-deps demo test check check-unit check-cli check-asan coverage lint analyze \
	format fuzz fuzz-build bench docs install clean help unit
.DELETE_ON_ERROR:
.SECONDARY:

all: muster  ## build build/muster (the default)
muster: $(BUILD)/muster

$(BUILD)/muster: $(WRAPPER_O) $(BUILD)/libassertions.a
	$(CC) $(OPTIMISE) $(SANITIZE) $(HARDENING_LINK) -o $@ $^ $(LIBRARIES)

$(BUILD)/libassertions.a: $(ASSERTIONS_O)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/libwrapper.a: $(filter-out $(BUILD)/wrapper/main.o,$(WRAPPER_O))
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/%.o: %.c .version
	@mkdir -p $(@D)
	$(CC) $(COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libwrapper.a $(BUILD)/libassertions.a
	@mkdir -p $(@D)
	$(CC) $(OPTIMISE) $(SANITIZE) $(HARDENING_LINK) -o $@ $^ $(LIBRARIES)

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libwrapper.a $(BUILD)/libassertions.a
	@mkdir -p $(@D)
	$(CC) $(OPTIMISE) $(SANITIZE) -fsanitize=fuzzer -o $@ $^ $(LIBRARIES)

unit: $(UNIT_BIN)

-include $(ASSERTIONS_O:.o=.d) $(WRAPPER_O:.o=.d) $(UNIT:%.c=$(BUILD)/%.d)

# What is missing, by name; nothing is asked of the network where nothing is missing.
define install_missing
@missing=$$(for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q '^install ok installed' || echo $$p; done); \
if [ -n "$$missing" ]; then echo "installing:" $$missing; \
	$(SUDO) apt-get update -qq && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi
endef

deps:  ## install what the build needs
	$(call install_missing,$(BUILD_DEPS))
demo-deps:
	$(call install_missing,$(BUILD_DEPS) $(DEMO_DEPS))
test-deps:  ## install what the tests need
	$(call install_missing,$(BUILD_DEPS) $(TEST_DEPS))

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

clean:
	rm -rf $(BUILD)
