# SPDX-License-Identifier: GPL-2.0
#
#   make                 the module for the running kernel (or KDIR=), the daemon, the tool
#   make install         all of them, in the usual places (DESTDIR=, PREFIX=)
#   make check           all tests on both kernels (K=6.12: one kernel, T=name: one test)
#   make check-debug     the tests that need a kernel on one that finds more (K=kcsan: races)
#   make soak MINUTES=60 guests that come and go, and hostile ones, for so long (K=)
#   make demo            a real guest and the host, through the module, in a VM
#   make bench           against vhost-net, in a VM
#   make bench-ring      the ring code against DPDK's net_vhost, natively
#   make bench-memory    pinning, against udmabuf and mmap
#   make docs            the documentation as HTML, in build/docs/html
#   make clean           remove what was built; distclean: and what was fetched

RELEASE := $(shell uname -r)
KDIR ?= /lib/modules/$(RELEASE)/build
PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
INCLUDEDIR ?= $(PREFIX)/include
UDEVDIR ?= $(PREFIX)/lib/udev/rules.d
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
UNITDIR ?= $(PREFIX)/lib/systemd/system
# Below /usr/local nobody looks for descriptions of vhost-user back-ends.
QEMUDIR ?= $(if $(filter /usr,$(PREFIX)),/usr/share,/etc)/qemu/vhost-user

all: module user

# No headers is no reason to leave out the programs.
module:
ifneq ($(wildcard $(KDIR)/Makefile),)
	scripts/build-module $(abspath $(KDIR))
else
	@echo "make: not building the module: there is no $(KDIR)/Makefile." >&2
	@echo "make: install the kernel's headers (Debian: apt install linux-headers-$(RELEASE))" >&2
	@echo "make: or name the folder of a kernel's headers with KDIR=" >&2
endif

user:
	$(MAKE) -C user

install: install-module install-user

# Only distributions have the key to sign with.
install-module:
	@test -e build/module/vhuge.ko || \
		{ echo "make: build/module/vhuge.ko is missing: run make, and see what it says about headers" >&2; exit 1; }
	$(MAKE) -C $(abspath $(KDIR)) M=$(CURDIR)/build/module INSTALL_MOD_PATH=$(DESTDIR) \
		CONFIG_DEBUG_INFO_BTF_MODULES= CONFIG_MODULE_SIG_ALL= modules_install
	$(if $(DESTDIR),,depmod $$(modinfo -F vermagic build/module/vhuge.ko | cut -d ' ' -f 1))

# The unit and QEMU's description name the daemon by its path.
install-user: user
	install -D -m 755 build/user/vhuged $(DESTDIR)$(SBINDIR)/vhuged
	install -D -m 755 build/user/vhuge $(DESTDIR)$(BINDIR)/vhuge
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man8 user/vhuged.8 user/vhuge.8
	install -D -m 644 -t $(DESTDIR)$(INCLUDEDIR)/linux include/uapi/linux/*.h
	install -D -m 644 -t $(DESTDIR)$(UDEVDIR) user/50-vhuge.rules
	install -D -m 644 user/vhuge.sysusers $(DESTDIR)$(SYSUSERSDIR)/vhuge.conf
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(QEMUDIR)
	sed 's,/usr/sbin/vhuged,$(SBINDIR)/vhuged,' user/vhuged@.service >$(DESTDIR)$(UNITDIR)/vhuged@.service
	sed 's,/usr/sbin/vhuged,$(SBINDIR)/vhuged,' user/50-vhuge.json >$(DESTDIR)$(QEMUDIR)/50-vhuge.json

check:
	@K='$(K)' T='$(T)' scripts/check

check-debug:
	@K='$(or $(K),debug)' T='$(T)' scripts/check vm

mutants:
	@scripts/mutants $(T)

soak:
	@scripts/soak '$(or $(MINUTES),10)' '$(or $(K),6.12)'

demo:
	@scripts/demo

bench:
	@scripts/bench

bench-ring:
	@scripts/bench-ring

bench-flood:
	@scripts/bench-flood

bench-memory:
	@scripts/bench-memory

docs:
	@scripts/docs

# Kernels and sources that were fetched are not products.
clean:
	@mkdir -p build
	find build -mindepth 1 -maxdepth 1 ! -name kernels ! -name linux-source -exec rm -rf {} +

distclean:
	rm -rf build

.PHONY: all module user install install-module install-user check check-debug mutants soak demo bench \
	bench-ring bench-flood bench-memory docs clean distclean
