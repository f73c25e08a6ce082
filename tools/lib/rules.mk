# SPDX-License-Identifier: GPL-2.0
# The library, for tools/Makefile: static, shared, and how others find it.

lib := $(top)/tools/lib
soname := libteachalloc.so.0

all: $(addprefix $(OUT)/,libteachalloc.a libteachalloc.so teachalloc.pc)

$(OUT)/teachalloc.o: $(lib)/teachalloc.c $(lib)/teachalloc.h $(uapi) | $(OUT)
	$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -c -o $@ $<

$(OUT)/libteachalloc.a: $(OUT)/teachalloc.o
	$(AR) rcs $@ $^

$(OUT)/$(soname): $(OUT)/teachalloc.o $(lib)/libteachalloc.map
	$(CC) $(CFLAGS) -shared -Wl,-soname,$(soname),-z,defs,-z,now \
		-Wl,--version-script,$(lib)/libteachalloc.map -o $@ $<

$(OUT)/libteachalloc.so: $(OUT)/$(soname)
	ln -sf $(soname) $@

# Anew each time: the folders may be others than before.
$(OUT)/teachalloc.pc: $(lib)/teachalloc.pc.in FORCE | $(OUT)
	@sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|' $< >$@

install: install_lib
install_lib: all
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/include/linux \
		$(DESTDIR)$(PREFIX)/share/man/man3
	install -m 644 $(OUT)/libteachalloc.a $(OUT)/$(soname) $(DESTDIR)$(LIBDIR)
	ln -sf $(soname) $(DESTDIR)$(LIBDIR)/libteachalloc.so
	install -m 644 $(OUT)/teachalloc.pc $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 $(lib)/teachalloc.h $(DESTDIR)$(PREFIX)/include
	install -m 644 $(uapi) $(DESTDIR)$(PREFIX)/include/linux
	install -m 644 $(top)/tools/man/libteachalloc.3 \
		$(DESTDIR)$(PREFIX)/share/man/man3
	for name in $$(sed -n 's/^\.Nm \(ta_[a-z_]*\).*/\1/p' $(top)/tools/man/libteachalloc.3); do \
		echo ".so man3/libteachalloc.3" >$(DESTDIR)$(PREFIX)/share/man/man3/$$name.3; done

clean: clean_lib
clean_lib:
	$(RM) $(addprefix $(OUT)/,teachalloc.o libteachalloc.a libteachalloc.so \
		$(soname) teachalloc.pc)

.PHONY: FORCE install_lib clean_lib
