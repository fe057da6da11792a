#include "intake/entries.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

struct entry_name {
	const char *key, *path;
	bool folder, made; /* `made`: only because something lies in it */
};

static const char *shown(const char *path, size_t length, struct arena *arena)
{
	TEXT_AUTO text = {0};
	text_escaped(&text, path, length, 200, true);
	return arena_string(arena, text_string(&text));
}

static enum litter litter(const char *part, size_t length)
{
	static const struct {
		const char *name;
		enum litter litter;
	} names[] = {
		{"__MACOSX", LITTER_MACOS},  {".DS_Store", LITTER_MACOS},   {".Spotlight-V100", LITTER_MACOS},
		{".Trashes", LITTER_MACOS},  {".fseventsd", LITTER_MACOS},  {".git", LITTER_OTHER},
		{".svn", LITTER_OTHER},      {".hg", LITTER_OTHER},         {".bzr", LITTER_OTHER},
		{"Thumbs.db", LITTER_OTHER}, {"desktop.ini", LITTER_OTHER},
	};
	if (length > 2 && strncmp(part, "._", 2) == 0)
		return LITTER_MACOS;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) == length && memcmp(names[i].name, part, length) == 0)
			return names[i].litter;
	}
	return LITTER_NONE;
}

enum litter entry_litter(const char *path)
{
	while (*path != '\0') {
		size_t length = strcspn(path, "/");
		enum litter found = litter(path, length);
		if (found != LITTER_NONE)
			return found;
		path += length + (path[length] == '/');
	}
	return LITTER_NONE;
}

static const char *part_trouble(const char *part, size_t length)
{
	if (length == 2 && part[0] == '.' && part[1] == '.')
		return "leads out of its folder (\"..\")";
	if (length > ENTRY_PART)
		return "has a part longer than 255 bytes";
	for (size_t i = 0; i < length;) {
		size_t sequence = utf8_printable((const unsigned char *)part + i, length - i);
		if (sequence == 0)
			return "has characters that cannot be printed, or is not UTF-8";
		i += sequence;
	}
	return NULL;
}

const char *entry_plain(const char *path, size_t length, unsigned depth, struct arena *arena, struct diags *diags)
{
	const char *trouble = length > ENTRY_PATH ? "is longer than 4096 bytes" : NULL;
	if (memchr(path, '\0', length) != NULL)
		trouble = "has a NUL in its name";
	else if (length > 0 && path[0] == '/')
		trouble = "has an absolute path";
	else if (memchr(path, '\\', length) != NULL)
		trouble = "has a backslash in its name";
	TEXT_AUTO plain = {0};
	unsigned parts = 0;
	for (size_t at = 0; trouble == NULL && at < length;) {
		const char *slash = memchr(path + at, '/', length - at);
		size_t part = slash != NULL ? (size_t)(slash - path) - at : length - at;
		trouble = part_trouble(path + at, part);
		if (part > 0 && !(part == 1 && path[at] == '.')) {
			if (plain.length > 0)
				text_puts(&plain, "/");
			text_add(&plain, path + at, part);
			parts++;
		}
		at += part + 1;
	}
	if (trouble == NULL && parts > depth)
		trouble = "lies too deep in folders";
	if (trouble == NULL)
		return arena_string(arena, text_string(&plain));
	diags_error(diags, "%s %s", shown(path, length, arena), trouble);
	return NULL;
}

/* Canonical decompositions (UnicodeData.txt) of U+00C0 to U+017F: a base letter and a mark for each, lower case; two
 * spaces: none.  Marks: ` ' ^ ~ " (diaeresis) o (ring) , (cedilla) - (macron) u (breve) ; (ogonek) v (caron) . (dot)
 * = (double acute). */
static const char decompositions[] = "a`a'a^a~a\"ao  c,e`e'e^e\"i`i'i^i\"  n~o`o'o^o~o\"    u`u'u^u\"y'    "
									 "a`a'a^a~a\"ao  c,e`e'e^e\"i`i'i^i\"  n~o`o'o^o~o\"    u`u'u^u\"y'  y\""
									 "a-a-auaua;a;c'c'c^c^c.c.cvcvdvdv    e-e-eueue.e.e;e;evevg^g^gugu"
									 "g.g.g,g,h^h^    i~i~i-i-iuiui;i;i.      j^j^k,k,  l'l'l,l,lvlv  "
									 "      n'n'n,n,nvnv      o-o-ououo=o=    r'r'r,r,rvrvs's's^s^s,s,"
									 "svsvt,t,tvtv    u~u~u-u-uuuuuouou=u=u;u;w^w^y^y^y\"z'z'z.z.zvzv  ";

static char mark_of(uint32_t character)
{
	static const char marks[] = "`'^~-?u.\"?o=v";
	if (character >= 0x300 && character <= 0x30c)
		return marks[character - 0x300];
	return character == 0x327 ? ',' : character == 0x328 ? ';' : '?';
}

static uint32_t decoded(const char *at, size_t length)
{
	const unsigned char *b = (const unsigned char *)at;
	switch (length) {
	case 2:
		return (uint32_t)(b[0] & 0x1f) << 6 | (b[1] & 0x3f);
	case 3:
		return (uint32_t)(b[0] & 0x0f) << 12 | (uint32_t)(b[1] & 0x3f) << 6 | (b[2] & 0x3f);
	case 4:
		return (uint32_t)(b[0] & 0x07) << 18 | (uint32_t)(b[1] & 0x3f) << 12 | (uint32_t)(b[2] & 0x3f) << 6 |
		       (b[3] & 0x3f);
	}
	return b[0];
}

static uint32_t lower(uint32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
	    (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	return c >= 0x100 && c <= 0x17f && c != 0x130 && c != 0x178 ? c | 1u : c;
}

const char *entry_key(const char *name, struct arena *arena)
{
	TEXT_AUTO key = {0};
	size_t length = strlen(name);
	for (size_t i = 0; i < length;) {
		size_t sequence = utf8_valid((const unsigned char *)name + i, length - i);
		uint32_t character = sequence > 0 ? decoded(name + i, sequence) : (unsigned char)name[i];
		const char *pair = character >= 0xc0 && character <= 0x17f ? decompositions + 2 * (character - 0xc0) : "  ";
		/* A mark is written as 0x01 and its letter: neither stands in a printable name. */
		if (pair[0] != ' ')
			text_printf(&key, "%c\1%c", pair[0], pair[1]);
		else if (character >= 0x300 && character <= 0x328 && mark_of(character) != '?')
			text_printf(&key, "\1%c", mark_of(character));
		else if (character < 0x80)
			text_printf(&key, "%c", (char)lower(character));
		else
			text_printf(&key, "\2%x", lower(character));
		i += sequence > 0 ? sequence : 1;
	}
	return arena_string(arena, text_string(&key));
}

static size_t hash_of(const char *key)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * 1099511628211u;
	return (size_t)hash;
}

static struct entry_name **slot_of(struct entry_name **slots, size_t slot_count, const char *key)
{
	size_t at = hash_of(key) & (slot_count - 1);
	while (slots[at] != NULL && strcmp(slots[at]->key, key) != 0)
		at = (at + 1) & (slot_count - 1);
	return &slots[at];
}

static void room_make(struct entries *entries)
{
	if (entries->slot_count > 2 * (entries->count + 1))
		return;
	size_t slot_count = entries->slot_count == 0 ? 256 : entries->slot_count * 4;
	struct entry_name **slots = arena_array(entries->arena, slot_count, sizeof(struct entry_name *));
	for (size_t i = 0; i < entries->slot_count; i++) {
		if (entries->slots[i] != NULL)
			*slot_of(slots, slot_count, entries->slots[i]->key) = entries->slots[i];
	}
	entries->slots = slots;
	entries->slot_count = slot_count;
}

static bool one_add(struct entries *entries, const char *path, bool folder, bool made, struct diags *diags)
{
	room_make(entries);
	const char *key = entries->exact ? arena_string(entries->arena, path) : entry_key(path, entries->arena);
	struct entry_name **slot = slot_of(entries->slots, entries->slot_count, key);
	struct arena *arena = entries->arena;
	if (*slot == NULL) {
		*slot = arena_alloc(arena, sizeof(**slot));
		**slot = (struct entry_name){key, arena_string(arena, path), folder, made};
		entries->count++;
		return true;
	}
	const char *other = (*slot)->path;
	if (strcmp(other, path) != 0)
		return diags_error(diags, "%s and %s differ only in capital letters or in how accents are written",
		                   shown(other, strlen(other), arena), shown(path, strlen(path), arena));
	if (folder && (*slot)->folder)
		return true;
	return diags_error(diags, "%s is there twice", shown(path, strlen(path), arena));
}

bool entries_add(struct entries *entries, const char *path, bool folder, struct diags *diags)
{
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		const char *above = arena_copy(entries->arena, path, (size_t)(slash - path));
		if (!one_add(entries, above, true, true, diags))
			return false;
	}
	return one_add(entries, path, folder, false, diags);
}
