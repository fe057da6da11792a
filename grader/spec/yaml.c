#include "spec/yaml.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/utf8.h"
#include "model/verbs.h"

#include <string.h>
#include <yaml.h>

struct builder {
	const char *path;
	struct arena *arena;
	struct diags *diags;
	yaml_parser_t parser;
	struct node *root;
	struct node *open[YAML_DEPTH]; /* maps and lists that are not ended, outermost first */
	struct node *key[YAML_DEPTH]; /* of each open map: the key whose value is next, or NULL */
	size_t depth;
	bool stopped;
};

static void error_at(struct builder *builder, yaml_mark_t mark, const char *message)
{
	diags_add(builder->diags, DIAG_ERROR, builder->path, (unsigned)mark.line + 1, (unsigned)mark.column + 1, "%s",
	          message);
}

/* What libyaml says, in words that tell an instructor what to do. */
static const char *friendly(const char *problem)
{
	static const struct {
		const char *says, *means;
	} rows[] = {
		{"found character that cannot start any token", "a character that cannot begin a value; put the text in "
	                                                    "quotes, and indent with spaces, not tabs"},
		{"mapping values are not allowed in this context", "a \": \" that is out of place: is the line indented "
	                                                       "like its neighbours, or are quotes missing?"},
		{"did not find expected key", "a key was expected here: is the line indented like its neighbours?"},
		{"did not find expected '-' indicator", "a \"- \" was expected here: is the line indented like its "
	                                            "neighbours?"},
		{"did not find expected ',' or ']'", "\",\" or \"]\" was expected here"},
		{"did not find expected ',' or '}'", "\",\" or \"}\" was expected here"},
		{"could not find expected ':'", "\":\" is missing behind a key"},
		{"found unexpected end of stream", "the file ends within quotes"},
		{"found a tab character that violates indentation", "a tab: indent with spaces"},
		{"found a tab character where an indentation space is expected", "a tab: indent with spaces"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].says, problem) == 0)
			return rows[i].means;
	}
	return problem;
}

/* Line and column of a byte: errors of libyaml's reader have no mark. */
static yaml_mark_t mark_of(const unsigned char *bytes, size_t length, size_t offset)
{
	yaml_mark_t mark = {0};
	for (size_t i = 0; i < offset && i < length;) {
		size_t sequence = utf8_valid(bytes + i, length - i);
		bool ends_line = bytes[i] == '\n';
		mark.line += ends_line;
		mark.column = ends_line ? 0 : mark.column + 1;
		i += sequence > 0 ? sequence : 1;
	}
	return mark;
}

/* Quotes and brackets that are left open break what comes behind them. */
static void unclosed(struct text *message, const char *context, size_t line)
{
	static const struct {
		const char *says, *means;
	} rows[] = {
		{"while scanning a quoted scalar", "are the quotes"},
		{"while parsing a flow sequence", "is the \"[\""},
		{"while parsing a flow mapping", "is the \"{\""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].says, context) == 0)
			text_printf(message, "; %s of line %zu closed?", rows[i].means, line);
	}
}

static void syntax_error(struct builder *builder, const void *bytes, size_t length)
{
	const yaml_parser_t *parser = &builder->parser;
	const char *problem = parser->problem != NULL ? parser->problem : "this cannot be read";
	builder->stopped = true;
	builder->root = NULL;
	yaml_mark_t mark = parser->problem_mark;
	TEXT_AUTO message = {0};
	if (parser->error == YAML_READER_ERROR) {
		mark = mark_of(bytes, length, parser->problem_offset);
		text_printf(&message, "not YAML: %s; the file must be text in UTF-8", problem);
	} else {
		text_printf(&message, "not YAML: %s", friendly(problem));
		if (parser->context != NULL && parser->context_mark.line < mark.line)
			unclosed(&message, parser->context, parser->context_mark.line + 1);
	}
	error_at(builder, mark, text_string(&message));
}

static struct node *new_node(struct builder *builder, enum node_kind kind, yaml_mark_t mark)
{
	struct node *node = arena_alloc(builder->arena, sizeof(*node));
	node->kind = kind;
	node->line = (unsigned)mark.line + 1;
	node->column = (unsigned)mark.column + 1;
	node->text = "";
	return node;
}

static bool same_text(const struct node *a, const struct node *b)
{
	return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

static void check_duplicate(struct builder *builder, const struct node *map, const struct node *key, yaml_mark_t mark)
{
	for (size_t i = 0; i < map->count; i++) {
		if (!same_text(map->keys[i], key))
			continue;
		TEXT_AUTO message = {0};
		text_puts(&message, "the key ");
		text_escaped(&message, key->text, key->length, 40, true);
		text_printf(&message, " stands here twice; the first is in line %u", map->keys[i]->line);
		error_at(builder, mark, text_string(&message));
		return;
	}
}

static void add_pair(struct builder *builder, struct node *map, struct node *key, struct node *value)
{
	size_t capacity = map->capacity;
	map->keys = arena_grow(builder->arena, map->keys, &capacity, map->count + 1, sizeof(struct node *));
	map->values = arena_grow(builder->arena, map->values, &map->capacity, map->count + 1, sizeof(struct node *));
	map->keys[map->count] = key;
	map->values[map->count++] = value;
}

/* Puts a finished node, or one that has just been opened, in its place. */
static void place_node(struct builder *builder, struct node *node, yaml_mark_t mark)
{
	if (builder->depth == 0) {
		builder->root = node;
		return;
	}
	struct node *parent = builder->open[builder->depth - 1];
	struct node **key = &builder->key[builder->depth - 1];
	if (parent->kind == NODE_LIST) {
		parent->values =
			arena_grow(builder->arena, parent->values, &parent->capacity, parent->count + 1, sizeof(struct node *));
		parent->values[parent->count++] = node;
		return;
	}
	if (*key != NULL) {
		add_pair(builder, parent, *key, node);
		*key = NULL;
		return;
	}
	if (node->kind != NODE_SCALAR) {
		error_at(builder, mark, "a key must be a word, not a list or a map");
		node->broken = true;
		*key = new_node(builder, NODE_SCALAR, mark);
		(*key)->broken = true;
		return;
	}
	if (parent->count >= YAML_KEYS) {
		error_at(builder, mark, "more than 1000 keys in one map");
		builder->stopped = true;
		return;
	}
	check_duplicate(builder, parent, node, mark);
	*key = node;
}

static void open_node(struct builder *builder, enum node_kind kind, yaml_mark_t mark)
{
	if (builder->depth == YAML_DEPTH) {
		error_at(builder, mark, "nested deeper than 32");
		builder->stopped = true;
		builder->root = NULL;
		return;
	}
	struct node *node = new_node(builder, kind, mark);
	place_node(builder, node, mark);
	builder->key[builder->depth] = NULL;
	builder->open[builder->depth++] = node;
}

static void check_properties(struct builder *builder, const yaml_char_t *anchor, const yaml_char_t *tag,
                             yaml_mark_t mark)
{
	if (anchor != NULL)
		error_at(builder, mark, "an anchor (\"&\"): not supported; write it out");
	if (tag != NULL)
		error_at(builder, mark, "a tag (\"!\"): not supported; leave it out, or put the text in quotes");
}

static void take_scalar(struct builder *builder, const yaml_event_t *event)
{
	struct node *node = new_node(builder, NODE_SCALAR, event->start_mark);
	node->length = event->data.scalar.length;
	node->text = arena_copy(builder->arena, event->data.scalar.value, node->length);
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	check_properties(builder, event->data.scalar.anchor, event->data.scalar.tag, event->start_mark);
	place_node(builder, node, event->start_mark);
}

static void take_alias(struct builder *builder, const yaml_event_t *event)
{
	error_at(builder, event->start_mark, "an alias (\"*\"): not supported; write it out, or put the text in quotes");
	struct node *node = new_node(builder, NODE_SCALAR, event->start_mark);
	node->broken = true;
	place_node(builder, node, event->start_mark);
}

/* libyaml's enum is not ours to list whole: events that carry nothing are passed over. */
static void take_event(struct builder *builder, const yaml_event_t *event)
{
	yaml_mark_t mark = event->start_mark;
	if (event->type == YAML_DOCUMENT_START_EVENT && builder->root != NULL) {
		error_at(builder, mark, "a second document begins here; a file holds one");
		builder->stopped = true;
	} else if (event->type == YAML_SCALAR_EVENT) {
		take_scalar(builder, event);
	} else if (event->type == YAML_ALIAS_EVENT) {
		take_alias(builder, event);
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		check_properties(builder, event->data.sequence_start.anchor, event->data.sequence_start.tag, mark);
		open_node(builder, NODE_LIST, mark);
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		check_properties(builder, event->data.mapping_start.anchor, event->data.mapping_start.tag, mark);
		open_node(builder, NODE_MAP, mark);
	} else if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT) {
		builder->depth--;
	} else if (event->type == YAML_STREAM_END_EVENT) {
		builder->stopped = true;
	}
}

struct node *yaml_parse(const char *path, const void *bytes, size_t length, struct arena *arena, struct diags *diags)
{
	struct builder builder = {.path = path, .arena = arena, .diags = diags};
	if (length > YAML_BYTES) {
		diags_add(diags, DIAG_ERROR, path, 0, 0, "larger than 256 KiB");
		return NULL;
	}
	if (!yaml_parser_initialize(&builder.parser)) {
		diags_add(diags, DIAG_ERROR, path, 0, 0, "no memory to read it");
		return NULL;
	}
	/* Some editors begin a file with U+FEFF; libyaml takes it for text when it is told the encoding. */
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		bytes = (const char *)bytes + 3;
		length -= 3;
	}
	yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&builder.parser, bytes != NULL ? bytes : (const unsigned char *)"", length);
	while (!builder.stopped) {
		yaml_event_t event;
		if (!yaml_parser_parse(&builder.parser, &event)) {
			syntax_error(&builder, bytes, length);
			break;
		}
		take_event(&builder, &event);
		yaml_event_delete(&event);
	}
	bool failed = builder.parser.error != YAML_NO_ERROR;
	yaml_parser_delete(&builder.parser);
	if (builder.root == NULL && !failed && builder.depth == 0)
		diags_add(diags, DIAG_ERROR, path, 1, 1, "the file is empty");
	return builder.root;
}

bool node_is_null(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->plain &&
	       (node->length == 0 || node_is(node, "~") || node_is(node, "null"));
}

bool node_is(const struct node *node, const char *text)
{
	return node->kind == NODE_SCALAR && node->length == strlen(text) && memcmp(node->text, text, node->length) == 0;
}
