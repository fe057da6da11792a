#include "watch/unwind.h"

#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FRAMES_MOST = 64 };

/* A program of Go, by its file; one that is none has no table. */
struct go_program {
	bool looked_at;
	Elf *file;
	struct go_table *table;
};

struct unwinding {
	const struct stacks *stacks;
	Dwfl *maps[IMAGES_MOST]; /* by image; NULL until needed */
	bool bad[IMAGES_MOST];
	struct go_program programs[IMAGE_FILES_MOST];
	const struct stack *stack; /* that is being walked */
	unwind_frame frame;
	void *context;
	unsigned depth;
};

static int no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, const char *file,
                        const char *link, GElf_Word crc, char **found)
{
	(void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc, (void)found;
	return -1; /* a separate file might be another build's */
}

static int no_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, char **file, Elf **elf)
{
	(void)module, (void)data, (void)name, (void)base, (void)file, (void)elf;
	return -1; /* all have been given */
}

static const Dwfl_Callbacks callbacks = {.find_elf = no_elf, .find_debuginfo = no_debuginfo};

/* One thread, number 1. */
static pid_t next_thread(Dwfl *dwfl, void *context, void **argument)
{
	(void)dwfl;
	if (*argument != NULL)
		return 0;
	*argument = context;
	return 1;
}

static bool the_thread(Dwfl *dwfl, pid_t tid, void *context, void **argument)
{
	(void)dwfl;
	*argument = context;
	return tid == 1;
}

static bool memory_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *context)
{
	(void)dwfl;
	const struct unwinding *unwinding = context;
	uint64_t value;
	if (!stack_read(unwinding->stacks, unwinding->stack, address, &value))
		return false;
	*result = value;
	return true;
}

static bool first_registers(Dwfl_Thread *thread, void *context)
{
	const struct unwinding *unwinding = context;
	const struct registers *at = &unwinding->stack->registers;
#if defined(__x86_64__) /* System V ABI, AMD64 supplement, figure 3.36 */
	Dwarf_Word frame[2] = {at->frame, at->top}, pc = at->instruction;
	return dwfl_thread_state_registers(thread, 6, 2, frame) && dwfl_thread_state_registers(thread, 16, 1, &pc);
#elif defined(__aarch64__) /* DWARF for the Arm 64-bit architecture, 4.1 */
	Dwarf_Word frame[3] = {at->frame, at->link, at->top};
	dwfl_thread_state_register_pc(thread, at->instruction);
	return dwfl_thread_state_registers(thread, 29, 3, frame);
#else
	(void)thread, (void)at;
	return false;
#endif
}

static const Dwfl_Thread_Callbacks thread_callbacks = {.next_thread = next_thread,
                                                       .get_thread = the_thread,
                                                       .memory_read = memory_word,
                                                       .set_initial_registers = first_registers};

/* Where the file would lie if it began at address 0: what its mapping was moved by. */
static bool moved_by(int descriptor, const struct image_part *part, uint64_t *base)
{
	Elf *elf = elf_begin(descriptor, ELF_C_READ_MMAP, NULL);
	size_t count = 0;
	bool found = false;
	if (elf != NULL && elf_getphdrnum(elf, &count) == 0) {
		for (size_t i = 0; i < count && !found; i++) {
			GElf_Phdr header;
			uint64_t page = 4095;
			found = gelf_getphdr(elf, (int)i, &header) != NULL && header.p_type == PT_LOAD &&
			        (header.p_flags & PF_X) != 0 && (header.p_offset & ~page) == part->offset;
			if (found)
				*base = part->start - (header.p_vaddr & ~page);
		}
	}
	elf_end(elf);
	return found;
}

static void file_report(struct unwinding *unwinding, Dwfl *dwfl, const struct image_part *part)
{
	int descriptor = unwinding->stacks->images.files[part->file].descriptor;
	char name[32];
	uint64_t base;
	if (descriptor < 0 || !moved_by(descriptor, part, &base))
		return;
	snprintf(name, sizeof(name), "%u", part->file);
	int copy = dup(descriptor);
	if (copy >= 0 && dwfl_report_elf(dwfl, name, name, copy, base, true) == NULL)
		close(copy);
}

static Dwfl *maps_of(struct unwinding *unwinding, uint32_t number)
{
	const struct image *image = images_at(&unwinding->stacks->images, number);
	if (image == NULL || unwinding->bad[number - 1])
		return NULL;
	Dwfl **dwfl = &unwinding->maps[number - 1];
	if (*dwfl != NULL)
		return *dwfl;
	*dwfl = dwfl_begin(&callbacks);
	if (*dwfl == NULL)
		abort();
	dwfl_report_begin(*dwfl);
	for (size_t i = 0; i < image->part_count; i++)
		file_report(unwinding, *dwfl, &image->parts[i]);
	if (dwfl_report_end(*dwfl, NULL, NULL) != 0 || !dwfl_attach_state(*dwfl, NULL, 1, &thread_callbacks, unwinding))
		unwinding->bad[number - 1] = true;
	return unwinding->bad[number - 1] ? NULL : *dwfl;
}

static int frame_seen(Dwfl_Frame *state, void *context)
{
	struct unwinding *unwinding = context;
	Dwarf_Addr pc;
	bool exact = false;
	if (!dwfl_frame_pc(state, &pc, &exact) || ++unwinding->depth > FRAMES_MOST)
		return DWARF_CB_ABORT;
	/* The system call's own instruction is the one before, too: as of any call. */
	if (!exact || (unwinding->depth == 1 && !unwinding->stack->exact))
		pc--;
	const struct image *image = images_at(&unwinding->stacks->images, unwinding->stack->image);
	const struct image_part *part = image_part_at(image, pc);
	Dwfl_Module *module = dwfl_addrmodule(dwfl_thread_dwfl(dwfl_frame_thread(state)), pc);
	if (part == NULL || module == NULL)
		return DWARF_CB_ABORT;
	struct unwound frame = {.module = module, .program = part->file == image->program, .address = pc};
	return unwinding->frame(unwinding->context, &frame) ? DWARF_CB_OK : DWARF_CB_ABORT;
}

/* Go's table of the program that an address is in the code of; NULL: it is no Go, or not in it. */
static const struct go_table *go_at(struct unwinding *unwinding, uint64_t address, uint64_t *base)
{
	const struct image *image = images_at(&unwinding->stacks->images, unwinding->stack->image);
	const struct image_part *part = image != NULL ? image_part_at(image, address) : NULL;
	if (part == NULL || part->file != image->program)
		return NULL;
	int descriptor = unwinding->stacks->images.files[part->file].descriptor;
	struct go_program *program = &unwinding->programs[part->file];
	if (!program->looked_at) {
		program->looked_at = true;
		program->file = elf_begin(descriptor, ELF_C_READ_MMAP, NULL);
		program->table = go_table_open(program->file);
	}
	return program->table != NULL && moved_by(descriptor, part, base) ? program->table : NULL;
}

/* Go's frames have no other information that is cheap to read.  False: the stack is not Go's. */
static bool go_walk(struct unwinding *unwinding)
{
	const struct stack *stack = unwinding->stack;
	const struct registers *at = &stack->registers;
	struct go_frame frame;
	uint64_t base = 0, top = at->top, pc = stack->exact ? at->instruction : at->instruction - 1;
	const struct go_table *table = go_at(unwinding, pc, &base);
	if (table == NULL)
		return false;
	for (unsigned depth = 0; depth < FRAMES_MOST && go_table_frame(table, pc - base, &frame); depth++) {
		struct unwound seen = {.go = table, .program = true, .address = pc - base};
		if (!unwinding->frame(unwinding->context, &seen) || frame.last)
			break;
		uint64_t caller;
#if defined(__x86_64__) /* the call leaves its return address above the frame */
		if (!stack_read(unwinding->stacks, stack, top + frame.size, &caller))
			break;
		top += frame.size + 8;
#else /* a function that calls keeps it at the bottom of its own */
		caller = at->link;
		if ((frame.size > 0 && !stack_read(unwinding->stacks, stack, top, &caller)) || (frame.size == 0 && depth > 0))
			break;
		top += frame.size;
#endif
		pc = caller - 1;
	}
	return true;
}

struct unwinding *unwind_open(const struct stacks *stacks)
{
	struct unwinding *unwinding = calloc(1, sizeof(*unwinding));
	if (unwinding == NULL)
		abort();
	elf_version(EV_CURRENT);
	unwinding->stacks = stacks;
	return unwinding;
}

void unwind_close(struct unwinding *unwinding)
{
	if (unwinding == NULL)
		return;
	for (size_t i = 0; i < IMAGES_MOST; i++)
		dwfl_end(unwinding->maps[i]);
	for (size_t i = 0; i < IMAGE_FILES_MOST; i++) {
		go_table_close(unwinding->programs[i].table);
		elf_end(unwinding->programs[i].file);
	}
	free(unwinding);
}

void unwind_walk(struct unwinding *unwinding, uint32_t number, unwind_frame frame, void *context)
{
	if (number == 0 || number > unwinding->stacks->count)
		return;
	unwinding->stack = &unwinding->stacks->list[number - 1];
	unwinding->frame = frame;
	unwinding->context = context;
	unwinding->depth = 0;
	if (go_walk(unwinding))
		return;
	Dwfl *dwfl = maps_of(unwinding, unwinding->stack->image);
	if (dwfl != NULL)
		dwfl_getthread_frames(dwfl, 1, frame_seen, unwinding);
}
