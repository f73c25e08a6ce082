# SPDX-License-Identifier: GPL-2.0
# The command, for tools/Makefile. A verb is a file.

cmd := $(wildcard $(top)/tools/cmd/*.c $(top)/tools/cmd/*.h)

all: $(OUT)/teachalloc

$(OUT)/teachalloc: $(cmd) $(show) $(OUT)/libteachalloc.a
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.a,$^)

clean: clean_cmd
clean_cmd:
	$(RM) $(OUT)/teachalloc

.PHONY: clean_cmd
