#include "watch/stacks.h"

#include "watch/memory.h"
#include "watch/threads.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_SLOTS = STACKS_MOST * 2 };

/* User space is below 2^48 here (x86-64: below 2^47), and nothing is mapped below 64 KiB (vm.mmap_min_addr). */
#define ADDRESS_LEAST UINT64_C(0x10000)
#define ADDRESS_MOST (UINT64_C(1) << 48)

void stacks_release(struct stacks *stacks)
{
	images_release(&stacks->images);
	free(stacks->list);
	free(stacks->words);
	free(stacks->table);
	*stacks = (struct stacks){0};
}

static void stacks_open(struct stacks *stacks)
{
	if (stacks->table != NULL)
		return;
	stacks->table = calloc(TABLE_SLOTS, sizeof(*stacks->table));
	if (stacks->table == NULL)
		abort();
}

/* Twice as much as there was: `list` as it is now, with room for `more` beyond `used`. */
static void *grown(void *list, size_t *room, size_t used, size_t more, size_t size)
{
	enum { ROOM_FIRST = 64 };
	if (used + more <= *room)
		return list;
	*room = *room * 2 > used + more ? *room * 2 : used + more + ROOM_FIRST;
	list = realloc(list, *room * size);
	if (list == NULL)
		abort();
	return list;
}

/* The image of the thread's process; another one when the thread runs code of a file that was mapped since. */
static uint32_t image_of(struct stacks *stacks, struct thread *thread, uint64_t instruction)
{
	struct process *process = thread->process;
	const struct image *image = images_at(&stacks->images, process->image);
	bool current = image != NULL && (!image->known || image_part_at(image, instruction) != NULL);
	if (!current && process->image_reads++ <= STACK_REREADS_MOST)
		process->image = images_add(&stacks->images, thread->tid);
	return process->image;
}

/* Page by page: what lies behind the end of the stack is not there.  Returns how many words could be had. */
static size_t stack_copy(pid_t tid, uint64_t top, size_t bytes, uint64_t into[static STACK_WORDS_MOST])
{
	struct iovec pieces[STACK_DEEP_BYTES / 4096 + 1];
	size_t count = 0;
	for (uint64_t at = top, end = top + bytes; at < end; count++) {
		uint64_t border = (at | 4095) + 1, next = border < end ? border : end;
		pieces[count] = (struct iovec){(void *)(uintptr_t)at, (size_t)(next - at)};
		at = next;
	}
	return memory_gather(tid, pieces, count, into, bytes) / 8;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static bool stack_equal(const struct stacks *stacks, const struct stack *a, const struct stack *b)
{
	if (a->image != b->image || a->exact != b->exact || a->count != b->count ||
	    memcmp(&a->registers, &b->registers, sizeof(a->registers)) != 0)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct stack_word *left = &stacks->words[a->first + i], *right = &stacks->words[b->first + i];
		if (left->value != right->value || left->at != right->at)
			return false;
	}
	return true;
}

/* The stack that was added last, or the equal one that was there before. */
static uint32_t stack_intern(struct stacks *stacks, const struct stack *stack, uint64_t hash)
{
	size_t slot = hash % TABLE_SLOTS;
	for (; stacks->table[slot] != 0; slot = (slot + 1) % TABLE_SLOTS)
		if (stack_equal(stacks, &stacks->list[stacks->table[slot] - 1], stack))
			return stacks->table[slot];
	stacks->list[stacks->count++] = *stack;
	stacks->word_count += stack->count;
	stacks->table[slot] = (uint32_t)stacks->count;
	return stacks->table[slot];
}

uint32_t stacks_keep(struct stacks *stacks, struct thread *thread, const struct registers *registers, bool exact)
{
	uint64_t words[STACK_WORDS_MOST];
	if (thread->process == NULL || !thread->process->begun || thread->process->interpreted)
		return 0;
	uint32_t image = image_of(stacks, thread, registers->instruction);
	stacks_open(stacks);
	if (image == 0 || stacks->count == STACKS_MOST || stacks->word_count + STACK_WORDS_MOST > STACK_NUMBERS_MOST ||
	    registers->top % 8 != 0)
		return 0;
	stacks->list = grown(stacks->list, &stacks->room, stacks->count, 1, sizeof(*stacks->list));
	stacks->words =
		grown(stacks->words, &stacks->word_room, stacks->word_count, STACK_WORDS_MOST, sizeof(*stacks->words));
	struct stack stack = {image, (uint32_t)stacks->word_count, 0, *registers, exact};
	uint64_t hash = mix(mix(mix(image, registers->instruction), registers->top), registers->frame);
	size_t bytes = stacks->images.list[image - 1].sanitized ? STACK_DEEP_BYTES : STACK_BYTES;
	size_t count = stack_copy(thread->tid, registers->top, bytes, words);
	for (size_t i = 0; i < count; i++) {
		if (words[i] < ADDRESS_LEAST || words[i] >= ADDRESS_MOST)
			continue;
		stacks->words[stack.first + stack.count++] = (struct stack_word){words[i], (uint32_t)i * 8};
		hash = mix(mix(hash, i), words[i]);
	}
	return stack_intern(stacks, &stack, hash);
}

bool stack_read(const struct stacks *stacks, const struct stack *stack, uint64_t address, uint64_t *value)
{
	const struct stack_word *words = &stacks->words[stack->first];
	size_t low = 0, high = stack->count;
	if (address < stack->registers.top || address - stack->registers.top >= STACK_DEEP_BYTES)
		return false;
	uint32_t wanted = (uint32_t)(address - stack->registers.top);
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (words[middle].at < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == stack->count || words[low].at != wanted)
		return false;
	*value = words[low].value;
	return true;
}
