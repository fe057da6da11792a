#include "spec/scene.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "spec/units.h"

#include <string.h>

/* Words that mean something else where a role may stand. */
static const char *const taken_words[] = {"clients", "servers", "not", "to", "from", "segments", NULL};

static bool is_taken(const char *name)
{
	for (size_t i = 0; verb_words[i] != NULL; i++) {
		if (strcmp(name, verb_words[i]) == 0)
			return true;
	}
	for (size_t i = 0; taken_words[i] != NULL; i++) {
		if (strcmp(name, taken_words[i]) == 0)
			return true;
	}
	return false;
}

struct cast {
	struct actor *list;
	size_t count, capacity;
};

static void cast_add(struct scene *scene, struct cast *cast, const char *name, enum side side)
{
	cast->list = arena_grow(scene->reader->arena, cast->list, &cast->capacity, cast->count + 1, sizeof(*cast->list));
	cast->list[cast->count++] = (struct actor){name, side};
}

static void add_numbered(struct scene *scene, struct cast *cast, enum side side, uint64_t count)
{
	if (count == 1)
		cast_add(scene, cast, side_word(side), side);
	for (uint64_t i = 1; count > 1 && i <= count; i++)
		cast_add(scene, cast, arena_printf(scene->reader->arena, "%s.%u", side_word(side), (unsigned)i), side);
}

static bool add_named(struct scene *scene, struct cast *cast, enum side side, const struct node *node)
{
	const struct reader *reader = scene->reader;
	const char *name = NULL;
	if (!read_name(reader, node, "a role's name", &name))
		return false;
	if (is_taken(name))
		return reader_error(reader, node, "no role can be named \"%s\": the word means something else", name);
	if (strcmp(name, side_word(side == SIDE_SERVER ? SIDE_CLIENT : SIDE_SERVER)) == 0)
		return reader_error(reader, node, "a %s cannot be named \"%s\"", side_word(side), name);
	for (size_t i = 0; i < cast->count; i++) {
		if (strcmp(cast->list[i].name, name) == 0)
			return reader_error(reader, node, "two roles are named \"%s\"%s", name,
			                    cast->list[i].side != side
			                        ? ": a role is a server or a client, and no program can be both in one test yet"
			                        : "");
	}
	cast_add(scene, cast, name, side);
	return true;
}

static bool add_side(struct scene *scene, struct cast *cast, enum side side, const struct node *node)
{
	const struct reader *reader = scene->reader;
	uint64_t most = side == SIDE_SERVER ? SERVERS_MOST : CLIENTS_MOST, count = 1;
	const char *what = side == SIDE_SERVER ? "\"servers\"" : "\"clients\"";
	if (node == NULL) {
		add_numbered(scene, cast, side, 1);
		return true;
	}
	if (node->kind == NODE_SCALAR && count_parse(node->text, &count)) {
		if (!read_count(reader, node, what, 0, most, &count))
			return false;
		add_numbered(scene, cast, side, count);
		return true;
	}
	if (node->kind == NODE_MAP)
		return reader_error(reader, node, "%s is a number, or a list of names, not a map", what);
	if (items_count(node) > most)
		return reader_error(reader, node, "%s are at most %u", what, (unsigned)most);
	bool good = true;
	for (size_t i = 0; i < items_count(node); i++)
		good = add_named(scene, cast, side, items_at(node, i)) && good;
	return good;
}

void scene_read_actors(struct scene *scene, const struct node *servers, const struct node *clients)
{
	struct cast cast = {0};
	bool good = add_side(scene, &cast, SIDE_SERVER, servers);
	scene->server_count = cast.count;
	good = add_side(scene, &cast, SIDE_CLIENT, clients) && good;
	if (good && cast.count == 0)
		good = reader_error(scene->reader, clients != NULL ? clients : servers, "a test without any role");
	scene->actors = cast.list;
	scene->actor_count = cast.count;
	scene->actors_unknown = !good;
}

int scene_actor(const struct scene *scene, const char *word)
{
	for (size_t i = 0; i < scene->actor_count; i++) {
		if (strcmp(scene->actors[i].name, word) == 0)
			return (int)i;
	}
	if (strcmp(word, "clients") == 0)
		return ACTOR_CLIENTS;
	return strcmp(word, "servers") == 0 ? ACTOR_SERVERS : ACTOR_NONE;
}

enum side scene_side(const struct scene *scene, int actor)
{
	if (actor >= 0)
		return scene->actors[actor].side;
	return actor == ACTOR_CLIENTS ? SIDE_CLIENT : SIDE_SERVER;
}

size_t scene_members(const struct scene *scene, int actor, int *first)
{
	*first = actor;
	if (actor >= 0)
		return 1;
	*first = actor == ACTOR_CLIENTS ? (int)scene->server_count : 0;
	if (actor == ACTOR_CLIENTS)
		return scene->actor_count - scene->server_count;
	return actor == ACTOR_SERVERS ? scene->server_count : 0;
}

const char *scene_suggestion(const struct scene *scene, const char *word)
{
	const char **words = arena_array(scene->reader->arena, scene->actor_count + 3, sizeof(*words));
	for (size_t i = 0; i < scene->actor_count; i++)
		words[i] = scene->actors[i].name;
	size_t count = scene->actor_count;
	if (scene->server_count < scene->actor_count)
		words[count++] = "clients";
	if (scene->server_count > 0)
		words[count++] = "servers";
	return reader_suggestion(scene->reader, word, words);
}

/* "server, alice and bob"; long casts are cut. */
static const char *cast_list(const struct scene *scene)
{
	enum { NAMED = 6 };
	TEXT_AUTO list = {0};
	for (size_t i = 0; i < scene->actor_count && i < NAMED; i++)
		text_printf(&list, "%s%s", i == 0 ? "" : i + 1 == scene->actor_count ? " and " : ", ", scene->actors[i].name);
	if (scene->actor_count > NAMED)
		text_puts(&list, ", …");
	return arena_string(scene->reader->arena, text_string(&list));
}

bool scene_stranger(struct scene *scene, const struct node *node, const char *more)
{
	const struct reader *reader = scene->reader;
	if (scene->actors_unknown)
		return false;
	for (size_t i = 0; i < scene->stranger_count; i++) {
		if (strcmp(scene->strangers[i], node->text) == 0)
			return false;
	}
	scene->strangers = arena_grow(reader->arena, scene->strangers, &scene->stranger_capacity, scene->stranger_count + 1,
	                              sizeof(char *));
	scene->strangers[scene->stranger_count++] = node->text;
	return reader_error(reader, node, "nobody plays %s in this test; its role%s %s%s", reader_shown(reader, node),
	                    scene->actor_count == 1 ? " is" : "s are", cast_list(scene), more);
}

bool scene_read_role(struct scene *scene, const struct node *node, int *actor)
{
	const struct reader *reader = scene->reader;
	*actor = ACTOR_NONE;
	if (node->kind != NODE_SCALAR || node_is_null(node))
		return reader_error(reader, node, "a role was expected, not %s", reader_shown(reader, node));
	*actor = scene_actor(scene, node->text);
	int first;
	if (scene_members(scene, *actor, &first) > 0)
		return true;
	return scene_stranger(scene, node, *actor == ACTOR_NONE ? scene_suggestion(scene, node->text) : "");
}
