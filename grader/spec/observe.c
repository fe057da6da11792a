/* Observations: wire, state, and the counts. */
#include "spec/steps.h"

#include "base/arena.h"
#include "base/diag.h"
#include "spec/scene.h"
#include "spec/units.h"

#include <ctype.h>
#include <string.h>

/* A map of ROLE: value; tells when it is none. */
static bool check_role_map(const struct scene *scene, const struct node *node, const struct step *step)
{
	if (node->kind == NODE_MAP && node->count > 0)
		return true;
	return reader_error(scene->reader, node, "\"%s\" is %s, not %s", verb_word(step->verb),
	                    argument_word(verb_row(step->verb)->argument),
	                    node->kind == NODE_MAP ? "an empty one" : reader_shown(scene->reader, node));
}

/* "FIN-WAIT-2", "fin_wait2" and "FIN_WAIT_2" are one word: letters in capitals, digits, nothing else. */
static void squeeze(const char *word, char *into, size_t size)
{
	size_t length = 0;
	for (; *word != '\0' && length + 1 < size; word++) {
		if (isalnum((unsigned char)*word))
			into[length++] = (char)toupper((unsigned char)*word);
	}
	into[length] = '\0';
}

static bool read_state(const struct scene *scene, const struct node *node, enum tcp_state *state)
{
	/* Names that ss(8) and netstat(8) give to the same states. */
	static const struct {
		const char *squeezed;
		enum tcp_state state;
	} others[] = {
		{"SYNRECV", STATE_SYN_RECEIVED},
		{"SYNRCVD", STATE_SYN_RECEIVED},
		{"ESTAB", STATE_ESTABLISHED},
		{"CLOSE", STATE_CLOSED},
	};
	char word[32], known[32];
	squeeze(node->kind == NODE_SCALAR ? node->text : "", word, sizeof(word));
	for (size_t i = 0; tcp_state_words[i] != NULL; i++) {
		squeeze(tcp_state_words[i], known, sizeof(known));
		if (strcmp(word, known) == 0) {
			*state = (enum tcp_state)i;
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (strcmp(word, others[i].squeezed) == 0) {
			*state = others[i].state;
			return true;
		}
	}
	return reader_error(scene->reader, node, "no TCP state is called %s%s", reader_shown(scene->reader, node),
	                    reader_suggestion(scene->reader, word, tcp_state_words));
}

/* States that the end of one side never has but in a simultaneous open. */
static bool check_state(const struct scene *scene, const struct node *node, enum side side, enum tcp_state state)
{
	bool servers = state == STATE_LISTEN || (state == STATE_SYN_RECEIVED && !scene->raw);
	if (state == STATE_SYN_SENT && scene->raw)
		return true;
	if ((servers && side == SIDE_CLIENT) || (state == STATE_SYN_SENT && side == SIDE_SERVER))
		return reader_error(scene->reader, node, "a %s's end is never in %s", side_word(side), tcp_state_word(state));
	return true;
}

bool states_read(struct scene *scene, const struct node *value, struct step *step)
{
	if (!check_role_map(scene, value, step))
		return false;
	struct state_item *items = NULL;
	size_t count = 0, capacity = 0;
	bool good = true;
	for (size_t i = 0; i < value->count; i++) {
		int actor, first;
		enum tcp_state state = STATE_CLOSED;
		good = scene_read_role(scene, value->keys[i], &actor) && read_state(scene, value->values[i], &state) &&
		       check_state(scene, value->values[i], scene_side(scene, actor), state) && good;
		if (!good)
			continue;
		size_t members = scene_members(scene, actor, &first);
		items = arena_grow(scene->reader->arena, items, &capacity, count + members, sizeof(*items));
		for (size_t j = 0; j < members; j++)
			items[count++] = (struct state_item){first + (int)j, state};
	}
	step->states = items;
	step->state_count = count;
	return good;
}

static bool read_comparison(const struct scene *scene, const struct node *node, struct count_item *item)
{
	static const struct {
		const char *sign;
		enum comparison comparison;
	} signs[] = {
		{"<=", COUNT_AT_MOST}, {">=", COUNT_AT_LEAST}, {"==", COUNT_EQUAL},
		{"<", COUNT_LESS},     {">", COUNT_MORE},      {"=", COUNT_EQUAL},
	};
	const char *text = node->kind == NODE_SCALAR && strlen(node->text) == node->length ? node->text : "";
	item->comparison = COUNT_EQUAL;
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		if (strncmp(text, signs[i].sign, strlen(signs[i].sign)) == 0) {
			item->comparison = signs[i].comparison;
			text += strlen(signs[i].sign);
			break;
		}
	}
	uint64_t value = 0;
	if (!count_parse(text + strspn(text, " "), &value) || value > 1000000)
		return reader_error(scene->reader, node, "a count is a number up to 1000000, or one like \"<= 3\", not %s",
		                    reader_shown(scene->reader, node));
	if (item->comparison == COUNT_LESS && value == 0)
		return reader_error(scene->reader, node, "no count is less than 0");
	item->value = (int64_t)value;
	return true;
}

bool counts_read(struct scene *scene, const struct node *value, struct step *step)
{
	if (!check_role_map(scene, value, step))
		return false;
	struct count_item *items = NULL;
	size_t count = 0, capacity = 0;
	bool good = true;
	for (size_t i = 0; i < value->count; i++) {
		int actor, first;
		struct count_item item = {0};
		good =
			scene_read_role(scene, value->keys[i], &actor) && read_comparison(scene, value->values[i], &item) && good;
		if (!good)
			continue;
		size_t members = scene_members(scene, actor, &first);
		items = arena_grow(scene->reader->arena, items, &capacity, count + members, sizeof(*items));
		for (size_t j = 0; j < members; j++) {
			item.actor = first + (int)j;
			items[count++] = item;
		}
	}
	step->counts = items;
	step->count_count = count;
	return good;
}
