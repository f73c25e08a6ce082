# SPDX-License-Identifier: GPL-2.0
# The shim, for tools/Makefile.

LD ?= ld
NM ?= nm

shim := $(top)/tools/shim
redirect := $(patsubst %,$(OUT)/shim-%.o,break client count range redirect settings \
	summary)

# The core runs where there is no C library yet: it must not want one.
freestanding := -fPIC -fvisibility=hidden -ffreestanding -fno-stack-protector

all: $(OUT)/libteachalloc-preload.so

$(OUT)/shim-%.o: $(shim)/%.c $(wildcard $(shim)/*.h) $(uapi) | $(OUT)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(freestanding) -c -o $@ $<

$(OUT)/redirect.o: $(redirect)
	$(LD) -r -o $@ $^
	@wants=$$($(NM) -u $@); [ -z "$$wants" ] || \
		{ echo "the redirect core wants:" $$wants; $(RM) $@; exit 1; }

$(OUT)/libteachalloc-preload.so: $(shim)/preload.c $(shim)/syscall.S $(OUT)/redirect.o
	$(CC) $(CPPFLAGS) $(CFLAGS) $(freestanding) -shared -Wl,-z,now \
		-Wl,-z,defs -Wl,-z,noexecstack -o $@ $(filter %.c %.S %.o,$^)

install: install_shim
install_shim: all
	install -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 644 $(OUT)/libteachalloc-preload.so $(DESTDIR)$(LIBDIR)
	install -m 644 $(top)/tools/man/teachalloc-preload.7 \
		$(DESTDIR)$(PREFIX)/share/man/man7

clean: clean_shim
clean_shim:
	$(RM) $(redirect) $(OUT)/redirect.o $(OUT)/libteachalloc-preload.so

.PHONY: install_shim clean_shim
