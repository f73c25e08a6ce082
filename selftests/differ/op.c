// SPDX-License-Identifier: GPL-2.0
/*
 * The text of an operation: a line with its name and its fields.
 *
 *	map A+0x3000 0x2000 rw- fixed
 *	remap H+0x0 0x1000 0x3000 maymove,fixed A+0x8000
 *
 * Model: a table says which fields an operation has, by letters: a its address,
 * l and n lengths, t the second address, p protection, m and r the flags of mmap
 * and mremap, v advice, b a number. Printing and parsing walk along it.
 */
#include <stdlib.h>
#include <string.h>

#include "op.h"

static const struct {
	const char *name;
	const char *fields;
} kinds[NR_OPS] = {
	[OP_BRK]	= { "brk", "a" },
	[OP_MAP]	= { "map", "alpm" },
	[OP_UNMAP]	= { "unmap", "al" },
	[OP_PROTECT]	= { "protect", "alp" },
	[OP_REMAP]	= { "remap", "alnrt" },
	[OP_ADVISE]	= { "advise", "alv" },
	[OP_LOCK]	= { "lock", "al" },
	[OP_UNLOCK]	= { "unlock", "al" },
	[OP_READ]	= { "read", "a" },
	[OP_WRITE]	= { "write", "ab" },
	[OP_FILL]	= { "fill", "alb" },
	[OP_GET]	= { "get", "a" },
	[OP_PUT]	= { "put", "ab" },
	[OP_FORK]	= { "fork", "" },
	[OP_SWITCH]	= { "switch", "b" },
	[OP_EXIT]	= { "exit", "" },
	[OP_LOOK]	= { "look", "" },
	[OP_CHECK]	= { "check", "" },
};

struct word {
	const char *name;
	uint32_t value;
};

static const struct word map_words[] = {
	{ "fixed", MAP_FIXED },
	{ "noreplace", MAP_FIXED_NOREPLACE },
	{ "populate", MAP_POPULATE },
	{ "locked", MAP_LOCKED },
	{ "noreserve", MAP_NORESERVE },
	{ NULL },
};

static const struct word remap_words[] = {
	{ "maymove", MREMAP_MAYMOVE },
	{ "fixed", MREMAP_FIXED },
	{ "dontunmap", MREMAP_DONTUNMAP },
	{ "unknown", 8 },
	{ NULL },
};

static const struct word advice_words[] = {
	{ "normal", MADV_NORMAL },
	{ "random", MADV_RANDOM },
	{ "sequential", MADV_SEQUENTIAL },
	{ "willneed", MADV_WILLNEED },
	{ "dontneed", MADV_DONTNEED },
	{ "free", MADV_FREE },
	{ "remove", MADV_REMOVE },
	{ "dontfork", MADV_DONTFORK },
	{ "dofork", MADV_DOFORK },
	{ "dontdump", MADV_DONTDUMP },
	{ "dodump", MADV_DODUMP },
	{ "wipeonfork", MADV_WIPEONFORK },
	{ "keeponfork", MADV_KEEPONFORK },
	{ "cold", MADV_COLD },
	{ "pageout", MADV_PAGEOUT },
	{ "populate_read", MADV_POPULATE_READ },
	{ "populate_write", MADV_POPULATE_WRITE },
	{ "dontneed_locked", MADV_DONTNEED_LOCKED },
	{ NULL },
};

/**
 * op_name() - name a kind of operation
 * @kind: which
 *
 * Return: its name.
 */
const char *op_name(enum op_kind kind)
{
	return kinds[kind].name;
}

/**
 * op_uses() - ask whether a kind of operation has a field
 * @kind: which
 * @field: its letter
 *
 * Return: whether.
 */
bool op_uses(enum op_kind kind, char field)
{
	return strchr(kinds[kind].fields, field);
}

/**
 * place_print() - print a nominal address
 * @addr: it
 * @text: filled in
 */
void place_print(uint64_t addr, char text[32])
{
	if (addr - ARENA < ARENA_PAGES * PAGE_BYTES * 4)
		snprintf(text, 32, "A+%#llx",
			 (unsigned long long)(addr - ARENA));
	else if (addr >= HEAP && addr - HEAP < HEAP_REACH)
		snprintf(text, 32, "H+%#llx", (unsigned long long)(addr - HEAP));
	else
		snprintf(text, 32, "%#llx", (unsigned long long)addr);
}

static bool place_parse(const char *text, uint64_t *addr)
{
	uint64_t base = *text == 'A' ? ARENA : *text == 'H' ? HEAP : 0;
	char *end;

	*addr = strtoull(base ? text + 1 : text, &end, 0) + base;
	return !*end;
}

/* Flags: names with commas between, the rest as a number; none is "-". */
static void words_print(const struct word *words, uint32_t value, char *text)
{
	char *at = text;

	for (; words->name; words++)
		if (value & words->value) {
			at += sprintf(at, "%s%s", at > text ? "," : "",
				      words->name);
			value &= ~words->value;
		}
	if (value)
		at += sprintf(at, "%s%#x", at > text ? "," : "", value);
	if (at == text)
		strcpy(text, "-");
}

static bool words_parse(const struct word *words, char *text, uint32_t *value)
{
	const struct word *word;
	char *save, *part, *end;

	*value = 0;
	if (!strcmp(text, "-"))
		return true;
	for (part = strtok_r(text, ",", &save); part;
	     part = strtok_r(NULL, ",", &save)) {
		for (word = words; word->name; word++)
			if (!strcmp(part, word->name))
				break;
		*value |= word->name ? word->value : strtoul(part, &end, 0);
		if (!word->name && *end)
			return false;
	}
	return true;
}

/* An advice is one word, or a number. */
static void advice_print(uint32_t advice, char *text)
{
	for (const struct word *word = advice_words; word->name; word++)
		if (word->value == advice) {
			strcpy(text, word->name);
			return;
		}
	sprintf(text, "%u", advice);
}

static bool advice_parse(const char *text, uint32_t *advice)
{
	char *end;

	for (const struct word *word = advice_words; word->name; word++)
		if (!strcmp(text, word->name)) {
			*advice = word->value;
			return true;
		}
	*advice = strtoul(text, &end, 0);
	return !*end;
}

static void prot_print(uint32_t prot, char *text)
{
	sprintf(text, "%c%c%c", prot & PROT_READ ? 'r' : '-',
		prot & PROT_WRITE ? 'w' : '-', prot & PROT_EXEC ? 'x' : '-');
}

static bool prot_parse(const char *text, uint32_t *prot)
{
	*prot = (strchr(text, 'r') ? PROT_READ : 0) |
		(strchr(text, 'w') ? PROT_WRITE : 0) |
		(strchr(text, 'x') ? PROT_EXEC : 0);
	return strlen(text) == 3;
}

static bool number_parse(const char *text, uint64_t *number)
{
	char *end;

	*number = strtoull(text, &end, 0);
	return !*end;
}

static void field_print(const struct op *op, char field, char *text)
{
	switch (field) {
	case 'a':
		place_print(op->at, text);
		break;
	case 't':
		place_print(op->to, text);
		break;
	case 'l':
		sprintf(text, "%#llx", (unsigned long long)op->len);
		break;
	case 'n':
		sprintf(text, "%#llx", (unsigned long long)op->new_len);
		break;
	case 'p':
		prot_print(op->arg, text);
		break;
	case 'm':
		words_print(map_words, op->flags, text);
		break;
	case 'r':
		words_print(remap_words, op->flags, text);
		break;
	case 'v':
		advice_print(op->arg, text);
		break;
	case 'b':
		sprintf(text, "%u", op->arg);
		break;
	}
}

static bool field_parse(struct op *op, char field, char *text)
{
	uint64_t number;

	switch (field) {
	case 'a':
		return place_parse(text, &op->at);
	case 't':
		return place_parse(text, &op->to);
	case 'l':
		return number_parse(text, &op->len);
	case 'n':
		return number_parse(text, &op->new_len);
	case 'p':
		return prot_parse(text, &op->arg);
	case 'm':
		return words_parse(map_words, text, &op->flags);
	case 'r':
		return words_parse(remap_words, text, &op->flags);
	case 'v':
		return advice_parse(text, &op->arg);
	default:
		op->arg = number_parse(text, &number) ? number : 0;
		return true;
	}
}

/**
 * op_print() - write an operation as a line without its end
 * @op: it
 * @text: filled in
 */
void op_print(const struct op *op, char text[OP_TEXT])
{
	char *at = text + sprintf(text, "%s", kinds[op->kind].name);

	for (const char *f = kinds[op->kind].fields; *f; f++) {
		*at++ = ' ';
		field_print(op, *f, at);
		at += strlen(at);
	}
}

/**
 * op_parse() - read a line as op_print() writes it
 * @op: filled in
 * @text: the line
 *
 * Return: whether it is one.
 */
bool op_parse(struct op *op, const char *text)
{
	char copy[OP_TEXT], *save, *word;

	snprintf(copy, sizeof(copy), "%s", text);
	word = strtok_r(copy, "\n ", &save);
	*op = (struct op){ .kind = NR_OPS };
	for (int kind = 0; word && kind < NR_OPS; kind++)
		if (!strcmp(word, kinds[kind].name))
			op->kind = kind;
	if (op->kind == NR_OPS)
		return false;
	for (const char *f = kinds[op->kind].fields; *f; f++) {
		word = strtok_r(NULL, "\n ", &save);
		if (!word || !field_parse(op, *f, word))
			return false;
	}
	return !strtok_r(NULL, "\n ", &save);
}
