#include "watch/go_table.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC_1_18 UINT32_C(0xfffffff0)
#define MAGIC_1_20 UINT32_C(0xfffffff1)

enum {
	HEADER_BYTES = 72,
	FLAG_TOP = 1, /* of a function: a stack begins there */
	FLAG_MOVES = 2, /* it goes to another stack */
	INLINED_AT = 2, /* the table of a function that says what was inlined where */
	INLINED = 3, /* its data that says what that was */
	INLINED_DEPTH = 32,
	STEPS_MOST = 1 << 16,
	SYMBOLS_MOST = 1 << 18
};

struct bytes {
	const uint8_t *at;
	uint64_t length;
};

struct go_table {
	struct bytes names, units, files, numbers, functions; /* parts of the table */
	struct bytes inlined; /* what the data of functions point into */
	uint64_t text; /* where the code begins */
	uint32_t function_count, quantum;
	bool has_lines; /* of functions (Go 1.20) */
};

/* A function, decoded. */
struct function {
	uint64_t entry;
	uint64_t at; /* of its record, in `functions` */
	uint32_t name, sizes, files, lines, table_count, unit, first_line;
	uint8_t flags, data_count;
	uint64_t tables; /* where those that follow the record begin */
};

static bool take(struct bytes bytes, uint64_t at, void *value, size_t size)
{
	if (at > bytes.length || bytes.length - at < size)
		return false;
	memcpy(value, bytes.at + at, size); /* in the order of this machine, whose program it is */
	return true;
}

static struct bytes from(struct bytes bytes, uint64_t at)
{
	return at <= bytes.length ? (struct bytes){bytes.at + at, bytes.length - at} : (struct bytes){bytes.at, 0};
}

/* NULL when none ends there. */
static const char *string_at(struct bytes bytes, uint64_t at)
{
	return at < bytes.length && memchr(bytes.at + at, '\0', bytes.length - at) != NULL ? (const char *)bytes.at + at
	                                                                                   : NULL;
}

/* The content of a section; as it is in the file: Go's tables need no relocation. */
static struct bytes section_bytes(Elf_Scn *section)
{
	GElf_Shdr header;
	Elf_Data *data = NULL;
	if (gelf_getshdr(section, &header) != NULL && header.sh_type != SHT_NOBITS &&
	    (header.sh_flags & SHF_COMPRESSED) == 0)
		data = elf_rawdata(section, NULL);
	return data != NULL && data->d_buf != NULL ? (struct bytes){data->d_buf, data->d_size} : (struct bytes){NULL, 0};
}

static struct bytes table_bytes(Elf *file, size_t names)
{
	static const char ending[] = ".gopclntab";
	GElf_Shdr header;
	for (Elf_Scn *section = NULL; (section = elf_nextscn(file, section)) != NULL;) {
		const char *name = gelf_getshdr(section, &header) != NULL ? elf_strptr(file, names, header.sh_name) : NULL;
		size_t length = name != NULL ? strlen(name) : 0;
		if (length >= sizeof(ending) - 1 && strcmp(name + length - (sizeof(ending) - 1), ending) == 0)
			return section_bytes(section);
	}
	return (struct bytes){NULL, 0};
}

/* What lies at an address and behind it in the same section. */
static struct bytes bytes_at(Elf *file, uint64_t address)
{
	GElf_Shdr header;
	for (Elf_Scn *section = NULL; (section = elf_nextscn(file, section)) != NULL;)
		if (gelf_getshdr(section, &header) != NULL && (header.sh_flags & SHF_ALLOC) != 0 &&
		    (header.sh_flags & SHF_TLS) == 0 && address >= header.sh_addr && address - header.sh_addr < header.sh_size)
			return from(section_bytes(section), address - header.sh_addr);
	return (struct bytes){NULL, 0};
}

static bool is_name(const char *name, const char *old, const char *new)
{
	return strcmp(name, old) == 0 || strcmp(name, new) == 0;
}

/* The two places that only the symbols tell. */
static bool symbols_read(Elf *file, uint64_t *text, uint64_t *data)
{
	GElf_Shdr header;
	Elf_Scn *section = NULL;
	while ((section = elf_nextscn(file, section)) != NULL)
		if (gelf_getshdr(section, &header) != NULL && header.sh_type == SHT_SYMTAB)
			break;
	Elf_Data *symbols = section != NULL ? elf_getdata(section, NULL) : NULL;
	bool has_text = false, has_data = false;
	GElf_Sym symbol;
	for (int i = 0;
	     symbols != NULL && i < SYMBOLS_MOST && !(has_text && has_data) && gelf_getsym(symbols, i, &symbol) != NULL;
	     i++) {
		const char *name = elf_strptr(file, header.sh_link, symbol.st_name);
		if (name == NULL)
			continue;
		if (!has_text && strcmp(name, "runtime.text") == 0) {
			has_text = true;
			*text = symbol.st_value;
		} else if (!has_data && is_name(name, "go.func.*", "go:func.*")) {
			has_data = true;
			*data = symbol.st_value;
		}
	}
	return has_text && has_data;
}

static bool header_read(struct go_table *table, struct bytes whole)
{
	uint32_t magic;
	uint64_t parts[8];
	if (whole.length < HEADER_BYTES || !take(whole, 0, &magic, sizeof(magic)) || whole.at[7] != 8 ||
	    !take(whole, 8, parts, sizeof(parts)) || (magic != MAGIC_1_18 && magic != MAGIC_1_20))
		return false;
	table->has_lines = magic == MAGIC_1_20;
	table->quantum = whole.at[6];
	table->names = from(whole, parts[3]);
	table->units = from(whole, parts[4]);
	table->files = from(whole, parts[5]);
	table->numbers = from(whole, parts[6]);
	table->functions = from(whole, parts[7]);
	table->function_count = (uint32_t)parts[0];
	return parts[0] > 0 && parts[0] < table->functions.length / 8 && table->quantum > 0;
}

struct go_table *go_table_open(Elf *file)
{
	size_t names;
	uint64_t data = 0;
	struct go_table found = {0};
	if (file == NULL || gelf_getclass(file) != ELFCLASS64 || elf_getshdrstrndx(file, &names) != 0)
		return NULL;
	struct bytes whole = table_bytes(file, names);
	if (whole.length == 0 || !header_read(&found, whole) || !symbols_read(file, &found.text, &data))
		return NULL;
	found.inlined = bytes_at(file, data);
	struct go_table *table = found.inlined.length > 0 ? malloc(sizeof(*table)) : NULL;
	if (table != NULL)
		*table = found;
	return table;
}

void go_table_close(struct go_table *table)
{
	free(table);
}

/* The entry of a function by its number, and where its record is. */
static bool entry_at(const struct go_table *table, uint32_t number, uint32_t entry[static 2])
{
	return take(table->functions, (uint64_t)number * 8, entry, 8);
}

static bool record_read(const struct go_table *table, uint64_t at, struct function *function)
{
	uint32_t words[11];
	size_t size = table->has_lines ? 44 : 40;
	if (!take(table->functions, at, words, size))
		return false;
	const uint8_t *end = table->functions.at + at + size - 4;
	*function = (struct function){
		.entry = table->text + words[0],
		.at = at,
		.name = words[1],
		.sizes = words[4],
		.files = words[5],
		.lines = words[6],
		.table_count = words[7],
		.unit = words[8],
		.first_line = table->has_lines ? words[9] : 0,
		.flags = end[1],
		.data_count = end[3],
		.tables = at + size,
	};
	return true;
}

static bool function_find(const struct go_table *table, uint64_t address, struct function *function)
{
	uint32_t low = 0, high = table->function_count, entry[2];
	if (address < table->text || address - table->text > UINT32_MAX)
		return false;
	uint32_t wanted = (uint32_t)(address - table->text);
	/* The last entry is the end of the code. */
	if (!entry_at(table, 0, entry) || wanted < entry[0] ||
	    !take(table->functions, (uint64_t)table->function_count * 8, entry, 4) || wanted >= entry[0])
		return false;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (!entry_at(table, middle, entry))
			return false;
		if (entry[0] <= wanted)
			low = middle;
		else
			high = middle;
	}
	return entry_at(table, low, entry) && record_read(table, entry[1], function) &&
	       function->entry == table->text + entry[0];
}

static bool number_read(struct bytes bytes, uint64_t *at, uint32_t *number)
{
	*number = 0;
	for (unsigned shift = 0; shift < 35; shift += 7) {
		if (*at >= bytes.length)
			return false;
		uint8_t byte = bytes.at[(*at)++];
		*number |= (uint32_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return true;
	}
	return false;
}

/* A table of a function, pairs of differences: the value that holds at an address.  False: none does. */
static bool value_at(const struct go_table *table, const struct function *function, uint32_t start, uint64_t address,
                     int32_t *value)
{
	uint64_t at = start, until = function->entry;
	uint32_t now = UINT32_MAX, by, bytes;
	for (unsigned step = 0; start != 0 && step < STEPS_MOST; step++) {
		if (!number_read(table->numbers, &at, &by) || (by == 0 && step > 0) ||
		    !number_read(table->numbers, &at, &bytes))
			return false;
		now += (by & 1) != 0 ? ~(by >> 1) : by >> 1;
		until += (uint64_t)bytes * table->quantum;
		if (address < until) {
			*value = (int32_t)now;
			return true;
		}
	}
	return false;
}

bool go_table_frame(const struct go_table *table, uint64_t address, struct go_frame *frame)
{
	struct function function;
	int32_t size = 0;
	if (!function_find(table, address, &function))
		return false;
	bool known = value_at(table, &function, function.sizes, address, &size) && size >= 0;
	*frame = (struct go_frame){(uint64_t)size, !known || (function.flags & (FLAG_TOP | FLAG_MOVES)) != 0};
	return true;
}

/* The number of what was inlined there; -1: nothing was, it is the function's own. */
static int32_t inlined_at(const struct go_table *table, const struct function *function, uint64_t address)
{
	uint32_t start;
	int32_t number;
	bool found = function->table_count > INLINED_AT &&
	             take(table->functions, function->tables + INLINED_AT * 4, &start, 4) &&
	             value_at(table, function, start, address, &number);
	return found ? number : -1;
}

/* What was inlined: whose, where that begins, and the address of the call that it stands for. */
static bool inlined_read(const struct go_table *table, const struct function *function, int32_t number, uint32_t *name,
                         uint32_t *line, uint64_t *caller)
{
	uint32_t data, words[5] = {0};
	size_t size = table->has_lines ? 16 : 20;
	uint64_t at = function->tables + (uint64_t)function->table_count * 4 + INLINED * 4;
	if (function->data_count <= INLINED || !take(table->functions, at, &data, 4) || data == UINT32_MAX ||
	    !take(table->inlined, data + (uint64_t)number * size, words, size))
		return false;
	*name = table->has_lines ? words[1] : words[3];
	*caller = function->entry + (table->has_lines ? words[2] : words[4]);
	*line = table->has_lines ? words[3] : 0;
	return true;
}

static const char *file_at(const struct go_table *table, const struct function *function, uint64_t address)
{
	int32_t number;
	uint32_t name;
	if (!value_at(table, function, function->files, address, &number) || number < 0 ||
	    !take(table->units, ((uint64_t)function->unit + (uint32_t)number) * 4, &name, 4))
		return NULL;
	return string_at(table->files, name);
}

/* Go 1.18 and 1.19 do not say where a function begins, but its first instructions look after the stack and stand in the
 * line of its name. */
static int first_line(const struct go_table *table, const struct function *function)
{
	int32_t line = (int32_t)function->first_line;
	if (!table->has_lines && !value_at(table, function, function->lines, function->entry, &line))
		return 0;
	return line > 0 ? line : 0;
}

bool go_table_places(const struct go_table *table, uint64_t address, code_place_seen seen, void *context)
{
	struct function function;
	if (!function_find(table, address, &function))
		return false;
	for (unsigned depth = 0; depth < INLINED_DEPTH; depth++) {
		uint32_t name = function.name, line = 0;
		uint64_t caller = 0;
		int32_t number = inlined_at(table, &function, address), here = 0;
		if (number >= 0 && !inlined_read(table, &function, number, &name, &line, &caller))
			return false;
		struct code_place place = {.path = file_at(table, &function, address)};
		if (place.path == NULL || !value_at(table, &function, function.lines, address, &here))
			return false;
		place.line = here > 0 ? here : 0;
		place.function = string_at(table->names, name);
		place.function_line = number >= 0 ? (int)line : first_line(table, &function);
		place.function_path = number >= 0 ? place.path : file_at(table, &function, function.entry);
		if (seen(context, &place))
			return true;
		if (number < 0)
			return false;
		address = caller;
	}
	return false;
}
