#include "spec/spec.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/sha256.h"
#include "base/text.h"
#include "spec/check.h"
#include "spec/scene.h"
#include "spec/tests.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool spec_file_read(const char *spec_path, const char *name, size_t most, struct text *content)
{
	TEXT_AUTO path = {0};
	const char *slash = strrchr(spec_path, '/');
	if (*name != '/' && slash != NULL)
		text_add(&path, spec_path, (size_t)(slash + 1 - spec_path));
	text_puts(&path, name);
	struct stat info;
	if (stat(text_string(&path), &info) < 0)
		return false;
	if (!S_ISREG(info.st_mode)) {
		errno = EINVAL;
		return false;
	}
	return file_read(text_string(&path), most, content);
}

static void read_head(struct spec_reader *spec_reader, const struct node *const *fields, struct spec *spec)
{
	const struct reader *reader = &spec_reader->reader;
	size_t transport = TRANSPORT_TCP;
	if (fields[SPEC_FORMAT] != NULL && !node_is(fields[SPEC_FORMAT], "1"))
		reader_error(reader, fields[SPEC_FORMAT], "\"format\" is 1, the only one that this version reads, not %s",
		             reader_shown(reader, fields[SPEC_FORMAT]));
	if (fields[SPEC_NAME] != NULL)
		read_name(reader, fields[SPEC_NAME], "a spec's name", &spec->name);
	spec->title = spec->name;
	if (fields[SPEC_TITLE] != NULL)
		read_text(reader, fields[SPEC_TITLE], "\"title\"", &spec->title);
	if (fields[SPEC_TRANSPORT] == NULL ||
	    !read_choice(reader, fields[SPEC_TRANSPORT], "\"transport\"", transport_words, &transport))
		return;
	spec->transport = spec_reader->transport = (enum transport)transport;
}

static void read_tree(struct spec_reader *spec_reader, const struct node *root, struct spec *spec)
{
	const struct node *fields[SPEC_KEYS];
	if (!read_fields(&spec_reader->reader, root, "a spec", spec_keys, SPEC_KEYS, fields))
		return;
	read_head(spec_reader, fields, spec);
	if (fields[SPEC_TESTS] != NULL)
		tests_read(spec_reader, fields[SPEC_TESTS], spec);
}

struct spec *spec_read(const struct spec_source *source, uint64_t seed, struct arena *arena, struct diags *diags)
{
	size_t errors = diags->errors;
	struct sha256 digest;
	sha256_begin(&digest);
	sha256_add(&digest, source->bytes, source->length);
	struct spec_reader spec_reader = {
		.reader = {.path = arena_string(arena, source->path), .arena = arena, .diags = diags},
		.source = source,
		.digest = &digest,
		.seed = seed,
	};
	struct spec *spec = arena_alloc(arena, sizeof(*spec));
	spec->path = spec_reader.reader.path;
	spec->name = spec->title = "";
	struct node *root = yaml_parse(spec->path, source->bytes, source->length, arena, diags);
	if (root != NULL)
		read_tree(&spec_reader, root, spec);
	sha256_end(&digest, spec->digest);
	if (diags->errors == errors)
		spec_check(spec, diags);
	diags_sort(diags);
	return root != NULL && diags->errors == errors ? spec : NULL;
}

struct spec *spec_load(const char *path, uint64_t seed, struct arena *arena, struct diags *diags)
{
	TEXT_AUTO content = {0};
	if (!file_read(path, YAML_BYTES, &content)) {
		diags_add(diags, DIAG_ERROR, arena_string(arena, path), 0, 0, "%s",
		          errno == EFBIG ? "larger than 256 KiB" : arena_printf(arena, "cannot be read: %s", strerror(errno)));
		return NULL;
	}
	struct spec_source source = {.path = path, .bytes = content.bytes, .length = content.length};
	return spec_read(&source, seed, arena, diags);
}
