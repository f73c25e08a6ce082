// SPDX-License-Identifier: GPL-2.0
/*
 * 11: One page and its four numbers
 *
 * A page of the pool has an address in the process that uses it, and one in the kernel,
 * which has all of the machine's RAM mapped in a row: the *linear map*. It has a
 * physical address, whose upper part is its page frame number. And the pool numbers its
 * pages, and keeps what it knows of each in a table by section.
 *
 * Which of these can be computed from one another? The lab writes a sentence through
 * the process's address and reads it through the kernel's.
 *
 *     process       virtual address --- page table ---> physical address
 *     kernel        virtual address ---- a constant --> physical address
 *     module        physical address >> 12 = pfn;  pfn >> 10: section, pfn & 1023: page in it
 *
 * Claim: `__pa` and `__va` add and subtract a constant.
 * Verdict: right, but
 * So: It holds in the linear map, and only there: a process's addresses and those of
 * vmalloc need a page table. And the constant is none of the source code's any more:
 * it is chosen at boot.
 */
#include "kcore.h"
#include "lab.h"

/* What the module says of an address of the kernel's. */
static void ask_module(uint64_t addr, char *answer, size_t size)
{
	FILE *f = fopen(OURS "who", "r+e");

	if (!f)
		lab_die(OURS "who");
	setvbuf(f, NULL, _IONBF, 0);
	fprintf(f, "%#lx", addr);
	rewind(f);
	if (!fgets(answer, size, f))
		lab_die("asking who");
	fclose(f);
	answer[strcspn(answer, "\n")] = '\0';
}

static uint64_t offset_of(const char *p, const char *name)
{
	uint64_t phys = pfn_of(p) * PAGE + (uintptr_t)p % PAGE;
	uint64_t linear = kcore_linear(phys);

	lab_tell(name, "process %p, physical %#lx, kernel %#lx: the difference is %#lx",
		 p, phys, linear, linear - phys);
	return linear - phys;
}

int main(int argc, char **argv)
{
	char text[32] = "", answer[128] = "", *p, *q, *own;
	uint64_t offset, phys, frame = ~0UL;
	struct ta_page_info page;

	lab_begin(argc, argv, "One page and its four numbers");
	p = side_map(&service, 4 * PAGE);
	own = side_map(&kernel, PAGE);
	q = p + 3 * PAGE;

	lab_step("A sentence is written through the process's address",
		 "It can be read at the address that the kernel has for the same page: the physical one and a constant.");
	DO(strcpy(p + 100, "written by the process"));
	offset = offset_of(p + 100, "Page");
	phys = pfn_of(p) * PAGE + 100;
	kcore_read(phys + offset, text, sizeof(text) - 1);
	lab_tell("Read", "\"%s\"", text);
	expect_yes("it is the same sentence", !strcmp(text, p + 100), true);

	lab_step("Two other pages, one of them not the pool's",
		 "Other addresses in both worlds, the same constant.");
	DO(q[0] = 'q'; own[0] = 'o');
	expect_yes("the same constant", offset_of(q, "Pool's") == offset, true);
	expect_yes("the same constant", offset_of(own, "Host's") == offset, true);

	lab_step("The constant",
		 "It is what the kernel chose at boot, by chance unless it was told not to (nokaslr), and keeps in a variable.");
	kcore_read(kernel_symbol("page_offset_base"), &phys, sizeof(phys));
	lab_tell("Value", "page_offset_base = %#lx", phys);
	expect_yes("it is the same", phys == offset, true);

	lab_step("What the module makes of it",
		 "It takes the kernel's address, subtracts the constant, and finds the page in its table by section: the frame is the one that the process was told of.");
	ta_pages(service.fd, p, 1, &page);
	phys = pfn_of(p) * PAGE;
	ask_module(phys + offset + 100, answer, sizeof(answer));
	lab_tell("File", OURS "who: %s", answer);
	lab_tell("Section", "pfn %#lx: section %lu of the machine, page %lu in it",
		 phys / PAGE, phys / PAGE >> 10, phys / PAGE & 1023);
	if (sscanf(answer, "frame %lu", &frame) == 1)
		expect("frame", frame, page.frame);
	expect_yes("it is a client's page", strstr(answer, " is user "), true);
	expect("page in its section", frame % 1024, (phys / PAGE) % 1024);
	return lab_end();
}
