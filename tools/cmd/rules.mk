# SPDX-License-Identifier: GPL-2.0
# The command, for tools/Makefile. A verb is a file.
#
# check	test what it works out by itself, on this machine
# KSRC	a Linux source tree, for kselftest_harness.h (default: from the cache)

cmd := $(wildcard $(top)/tools/cmd/*.c $(top)/tools/cmd/*.h) \
       $(addprefix $(top)/tools/show/,files.c files.h)
cmd_test := $(top)/tools/tests/cmd.c $(filter-out %/main.c,$(cmd))
cmd_flags = $(CPPFLAGS) -DTA_LIBDIR='"$(LIBDIR)"' $(CFLAGS)

all: $(OUT)/teachalloc

$(OUT)/teachalloc: $(cmd) $(show) $(OUT)/libteachalloc.a $(OUT)/libdir
	$(CC) $(cmd_flags) $(LDFLAGS) -o $@ $(filter %.c %.a,$^)

# It knows where the libraries will be: made anew if that is another place.
$(OUT)/libdir: FORCE | $(OUT)
	@echo '$(LIBDIR)' | cmp -s - $@ || echo '$(LIBDIR)' >$@

$(OUT)/cmd_test: $(cmd_test) $(show) $(OUT)/libteachalloc.a
	$(CC) $(cmd_flags) -I$(top)/tools/cmd -DTA_TOP='"$(top)"' \
		-isystem $(or $(KSRC),$(shell $(top)/scripts/kernel.sh source 6.1))/tools/testing/selftests \
		-Wno-missing-field-initializers -o $@ $(filter %.c %.a,$^)

check: check_cmd
check_cmd: $(OUT)/cmd_test
	$<
	@$(MAKE) -s install DESTDIR=$(OUT)/installed PREFIX=/usr
	@$(top)/tools/tests/installed.sh $(OUT)/installed/usr

share := $(DESTDIR)$(PREFIX)/share

install: install_cmd
install_cmd: $(OUT)/teachalloc
	install -D $< $(DESTDIR)$(PREFIX)/bin/teachalloc
	install -D -m 644 $(top)/tools/man/teachalloc.1 $(share)/man/man1/teachalloc.1
	install -D -m 644 $(top)/tools/completion/teachalloc.bash \
		$(share)/bash-completion/completions/teachalloc

clean: clean_cmd
clean_cmd:
	$(RM) $(OUT)/teachalloc $(OUT)/cmd_test $(OUT)/libdir

.PHONY: FORCE check_cmd install_cmd clean_cmd
