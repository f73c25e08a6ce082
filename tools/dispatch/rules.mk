# SPDX-License-Identifier: GPL-2.0
# The dispatcher, for tools/Makefile: a library that is preloaded, and needs none
# itself. -z initfirst: before all others, so that their first calls are caught.

dispatch := $(top)/tools/dispatch
dispatch_objs := $(patsubst %,$(OUT)/dispatch-%.o,dispatch calls signals clone stubs)
libdispatch := $(OUT)/libteachalloc-dispatch.so

all: $(libdispatch)

$(OUT)/dispatch-%.o: $(dispatch)/%.c $(wildcard $(dispatch)/*.h $(shim)/*.h) | $(OUT)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(freestanding) -c -o $@ $<

$(OUT)/dispatch-%.o: $(dispatch)/%.S | $(OUT)
	$(CC) -c -o $@ $<

# What the range does not contain it may not call: nothing may be left undefined.
$(libdispatch): $(dispatch_objs) $(OUT)/redirect.o
	$(CC) -shared -nostdlib -Wl,-z,initfirst,-z,now,-z,defs -o $@ $^

install: install_dispatch
install_dispatch: all
	install -d $(DESTDIR)$(LIBDIR)
	install -m 644 $(libdispatch) $(DESTDIR)$(LIBDIR)

clean: clean_dispatch
clean_dispatch:
	$(RM) $(dispatch_objs) $(libdispatch)

.PHONY: install_dispatch clean_dispatch
