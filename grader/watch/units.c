#include "watch/units.h"

#include "watch/source_paths.h"

#include <dwarf.h>
#include <stdlib.h>

enum { UNITS_MOST = 4096, FUNCTIONS_MOST = 1 << 16, DEPTH_MOST = 32, INLINED_MOST = 64 };

/* Code of a function; one may have several pieces. */
struct function {
	Dwarf_Addr start, end;
	Dwarf_Die die;
};

struct unit {
	Dwarf_Die die;
	const char *folder; /* where it was compiled */
	Dwarf_Files *files; /* what its numbers of files mean */
	size_t file_count;
	struct function *functions; /* owned */
	size_t function_count;
	unsigned depth; /* so far down were they looked for */
};

struct units {
	struct unit *list; /* owned */
	size_t count;
};

static void *grown(void *list, size_t count, size_t most, size_t size)
{
	if (count != 0 && (count < 16 || (count & (count - 1)) != 0))
		return list;
	size_t room = count < 16 ? 16 : count * 2;
	void *larger = realloc(list, (room < most ? room : most) * size);
	if (larger == NULL)
		abort();
	return larger;
}

static bool is_library(Dwarf_Die *die, const char *folder)
{
	char whole[PATH_MAX];
	return path_whole(dwarf_diename(die), folder, whole) && path_foreign(whole);
}

struct units *units_open(Dwarf *dwarf)
{
	struct units *units = calloc(1, sizeof(*units));
	if (units == NULL)
		abort();
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	uint8_t type;
	while (units->count < UNITS_MOST && dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, NULL) == 0) {
		Dwarf_Attribute attribute;
		if (type != DW_UT_compile || dwarf_tag(&die) != DW_TAG_compile_unit)
			continue;
		const char *folder = dwarf_formstring(dwarf_attr(&die, DW_AT_comp_dir, &attribute));
		if (is_library(&die, folder))
			continue;
		units->list = grown(units->list, units->count, UNITS_MOST, sizeof(*units->list));
		units->list[units->count++] = (struct unit){.die = die, .folder = folder};
	}
	if (units->count == 0) {
		free(units);
		return NULL;
	}
	return units;
}

void units_close(struct units *units)
{
	for (size_t i = 0; units != NULL && i < units->count; i++)
		free(units->list[i].functions);
	free(units != NULL ? units->list : NULL);
	free(units);
}

static void function_add(struct unit *unit, Dwarf_Die *die)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;
	if (!dwarf_hasattr(die, DW_AT_low_pc) && !dwarf_hasattr(die, DW_AT_ranges))
		return;
	while (unit->function_count < FUNCTIONS_MOST && (at = dwarf_ranges(die, at, &base, &start, &end)) > 0) {
		unit->functions = grown(unit->functions, unit->function_count, FUNCTIONS_MOST, sizeof(*unit->functions));
		unit->functions[unit->function_count++] = (struct function){start, end, *die};
	}
}

/* What may have functions in it, also those of a class that is local to a function. */
static bool holds_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
	       tag == DW_TAG_union_type || tag == DW_TAG_enumeration_type || tag == DW_TAG_lexical_block ||
	       tag == DW_TAG_subprogram;
}

static void functions_add(struct unit *unit, Dwarf_Die *parent, unsigned depth)
{
	Dwarf_Die die;
	if (depth == 0 || dwarf_child(parent, &die) != 0)
		return;
	do {
		int tag = dwarf_tag(&die);
		if (tag == DW_TAG_subprogram)
			function_add(unit, &die);
		if (depth > 1 && holds_functions(tag))
			functions_add(unit, &die, depth - 1);
	} while (unit->function_count < FUNCTIONS_MOST && dwarf_siblingof(&die, &die) == 0);
}

/* Compilers of C and C++ put nearly all functions at the top; only where one is not there is all of the unit looked
 * through.  NULL: none has the address. */
static Dwarf_Die *function_at(struct unit *unit, Dwarf_Addr address)
{
	static const unsigned depths[] = {1, DEPTH_MOST};
	for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		if (unit->depth < depths[i]) {
			unit->depth = depths[i];
			unit->function_count = 0;
			functions_add(unit, &unit->die, depths[i]);
		}
		for (size_t j = 0; j < unit->function_count; j++)
			if (address >= unit->functions[j].start && address < unit->functions[j].end)
				return &unit->functions[j].die;
	}
	return NULL;
}

/* What was inlined at an address of a function, from outside in; the function is the first of the list. */
static size_t scopes_find(const Dwarf_Die *function, Dwarf_Addr address, Dwarf_Die scopes[static INLINED_MOST])
{
	Dwarf_Die die = *function, inner;
	size_t count = 1;
	scopes[0] = *function;
	for (int more = dwarf_child(&die, &inner); more == 0 && count < INLINED_MOST;) {
		int tag = dwarf_tag(&inner);
		if ((tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block) || dwarf_haspc(&inner, address) != 1) {
			more = dwarf_siblingof(&inner, &inner);
			continue;
		}
		if (tag == DW_TAG_inlined_subroutine)
			scopes[count++] = inner;
		die = inner;
		more = dwarf_child(&die, &inner);
	}
	return count;
}

static int number_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;
	if (dwarf_attr_integrate(die, name, &attribute) == NULL || dwarf_formudata(&attribute, &value) != 0 ||
	    value > INT32_MAX)
		return 0;
	return (int)value;
}

static const char *numbered_file(const struct unit *unit, int number)
{
	return (size_t)number < unit->file_count ? dwarf_filesrc(unit->files, (size_t)number, NULL, NULL) : NULL;
}

static bool place_tell(const struct unit *unit, const char *path, int line, Dwarf_Die *function, code_place_seen seen,
                       void *context)
{
	Dwarf_Attribute attribute;
	struct code_place place = {.path = path, .folder = unit->folder, .line = line};
	if (function != NULL) {
		place.function = dwarf_formstring(dwarf_attr_integrate(function, DW_AT_name, &attribute));
		place.function_path = numbered_file(unit, number_of(function, DW_AT_decl_file));
		place.function_line = number_of(function, DW_AT_decl_line);
	}
	return seen(context, &place);
}

static struct unit *unit_at(struct units *units, Dwarf_Addr address)
{
	for (size_t i = 0; i < units->count; i++)
		if (dwarf_haspc(&units->list[i].die, address) == 1)
			return &units->list[i];
	return NULL;
}

bool units_places(struct units *units, Dwarf_Addr address, code_place_seen seen, void *context)
{
	Dwarf_Die scopes[INLINED_MOST];
	int line = 0;
	struct unit *unit = unit_at(units, address);
	if (unit == NULL || (unit->files == NULL && dwarf_getsrcfiles(&unit->die, &unit->files, &unit->file_count) != 0))
		return false;
	Dwarf_Line *row = dwarf_getsrc_die(&unit->die, address);
	if (row == NULL || dwarf_lineno(row, &line) != 0)
		return false;
	Dwarf_Die *function = function_at(unit, address);
	size_t count = function != NULL ? scopes_find(function, address, scopes) : 0;
	bool ended =
		place_tell(unit, dwarf_linesrc(row, NULL, NULL), line, count > 0 ? &scopes[count - 1] : NULL, seen, context);
	for (size_t i = count; i > 1 && !ended; i--)
		ended = place_tell(unit, numbered_file(unit, number_of(&scopes[i - 1], DW_AT_call_file)),
		                   number_of(&scopes[i - 1], DW_AT_call_line), &scopes[i - 2], seen, context);
	return ended;
}
