# SPDX-License-Identifier: GPL-2.0
# The verbs. Each is one script in scripts/; what they make is under build/, the
# kernels they get are in a cache outside the tree.

KDIR ?= /lib/modules/$(shell uname -r)/build

.DEFAULT_GOAL := modules
.PHONY: modules run shell labs check torture bench lint docs install clean help

modules:	## build teachalloc.ko in build/modules [KDIR= W=1 C=1 LLVM=1]
	@scripts/module.sh $(KDIR) build/modules $(MAKEOVERRIDES)

run:		## the tour, in a VM that this fetches and boots
	@scripts/run.sh tour

shell:		## the same VM with a prompt; your folder is at /host [DIR=.]
	@scripts/run.sh shell $(or $(DIR),.)

labs:		## the experiments, in a VM; renders their pages [L="1 16"]
	@scripts/labs.sh $(L)

check:		## every test [T="host lint kunit stock teachalloc_buddy ..."]
	@scripts/check.sh $(T)

torture:	## ten million random steps against each layer, and every test on the debug kernels [T=pages]
	@OPS=$(OPS) scripts/torture.sh $(T)

bench:		## instructions an operation, ours and the host's [KERNEL=6.12]
	@scripts/bench.sh $(KERNEL)

lint:		## what is checked of the source: compilers, sparse, checkpatch
	@scripts/lint.sh

docs:		## kernel-doc and the pages, in build/docs
	@scripts/docs.sh

install: modules ## the module for the running kernel (or KDIR's), library and tools [DESTDIR= PREFIX=]
	$(MAKE) -C $(KDIR) M=$(CURDIR)/build/modules modules_install \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR))
	$(MAKE) -C tools install

clean:		## remove build/ (the cache stays)
	rm -rf build

help:		## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12
