/* What shapes single segments of a test with `network: raw`: lose, duplicate, reorder, delay, window, a simultaneous
 * open, and what travels with the last bytes of a send. */
#include "spec/steps.h"

#include "base/arena.h"
#include "base/diag.h"
#include "model/verbs.h"
#include "spec/scene.h"

#include <string.h>

bool shape_allowed(struct scene *scene, const struct node *node, enum side side)
{
	if (!scene->raw)
		return reader_error(scene->reader, node, "\"%s\" needs \"network: raw\" in the test",
		                    node->kind == NODE_SCALAR ? node->text : "it");
	scene->shaped |= 1u << side;
	return true;
}

/* Only one side sends these, so that the role either loses its own or what comes to it. */
static bool comes_to(const struct scene *scene, const struct step *step)
{
	enum side side = scene_side(scene, step->actor);
	return (step->segment == PATTERN_SYN && side == SIDE_SERVER) ||
	       (step->segment == PATTERN_SYN_ACK && side == SIDE_CLIENT);
}

static bool read_which(struct scene *scene, const struct node *node, struct step *step)
{
	struct wire_item item = {0};
	if (!segment_read(scene, node, &item))
		return false;
	step->segment = item.pattern;
	step->segment_length = item.length;
	step->incoming = comes_to(scene, step);
	return true;
}

static bool read_order(struct scene *scene, const struct node *node, struct step *step)
{
	const struct reader *reader = scene->reader;
	size_t count = node->kind == NODE_LIST ? node->count : 0;
	if (count < 2 || count > ORDER_MOST)
		return reader_error(reader, node, "\"reorder\" is %s, of 2 to %d segments", argument_word(ARGUMENT_ORDER),
		                    ORDER_MOST);
	uint32_t *places = arena_array(reader->arena, count, sizeof(*places));
	bool taken[ORDER_MOST] = {false};
	for (size_t i = 0; i < count; i++) {
		uint64_t place = 0;
		if (!read_count(reader, node->values[i], "a place", 1, count, &place))
			return false;
		if (taken[place - 1])
			return reader_error(reader, node->values[i], "each place from 1 to %zu stands once in \"reorder\"", count);
		taken[place - 1] = true;
		places[i] = (uint32_t)place;
	}
	step->pieces = places;
	step->piece_count = count;
	return true;
}

static bool read_delay(struct scene *scene, const struct node *node, struct step *step)
{
	if (node->kind != NODE_MAP || node->count != 1)
		return reader_error(scene->reader, node, "\"delay\" is %s, as in {ACK: 40ms}", argument_word(ARGUMENT_DELAY));
	if (!read_which(scene, node->keys[0], step) ||
	    !read_duration(scene->reader, node->values[0], "the delay", &step->duration_ns))
		return false;
	if (step->duration_ns == 0 || step->duration_ns > INT64_C(10) * 1000000000)
		return reader_error(scene->reader, node->values[0], "a delay is more than 0s and at most 10s");
	return true;
}

static bool read_window(struct scene *scene, const struct node *node, struct step *step)
{
	uint64_t bytes = 0;
	if (node_is(node, "open"))
		step->window_bytes = UINT32_MAX;
	else if (!node_is(node, "0") && !read_size(scene->reader, node, "\"window\", where not 0 or open,", &bytes))
		return false;
	else if (bytes > 65535)
		return reader_error(scene->reader, node, "a window is at most 65535B without scaling (RFC 9293 §3.1)");
	else
		step->window_bytes = (uint32_t)bytes;
	return true;
}

bool shape_read(struct scene *scene, const struct node *node, struct step *step)
{
	switch (verb_row(step->verb)->argument) {
	case ARGUMENT_SEGMENT:
		return read_which(scene, node, step);
	case ARGUMENT_ORDER:
		return read_order(scene, node, step);
	case ARGUMENT_DELAY:
		return read_delay(scene, node, step);
	case ARGUMENT_WINDOW:
		return read_window(scene, node, step);
	case ARGUMENT_NONE:
	case ARGUMENT_ADDRESS:
	case ARGUMENT_DATA:
	case ARGUMENT_DATA_OR_SIZE:
	case ARGUMENT_INPUT:
	case ARGUMENT_STATUS:
	case ARGUMENT_WIRE:
	case ARGUMENT_STATES:
	case ARGUMENT_COUNTS:
	case ARGUMENT_ROLE:
	case ARGUMENT_SIGNAL:
	case ARGUMENT_DURATION:
	case ARGUMENT_BRANCHES:
	case ARGUMENT_REPEAT:
		break;
	}
	return false;
}

bool shape_read_direction(struct scene *scene, const struct node *node, bool from, struct step *step)
{
	int other = ACTOR_NONE;
	if (!scene_read_role(scene, node, &other))
		return false;
	if (scene_side(scene, other) == scene_side(scene, step->actor))
		return reader_error(scene->reader, node, "the other end of a %s is a %s",
		                    side_word(scene_side(scene, step->actor)), side_word(!scene_side(scene, step->actor)));
	if (!from && comes_to(scene, step) && step->verb != VERB_REORDER)
		return reader_error(scene->reader, node, "a %s never sends %s", side_word(scene_side(scene, step->actor)),
		                    segment_pattern_word(step->segment));
	step->incoming = from;
	return true;
}

bool with_read(struct scene *scene, const struct node *node, struct step *step)
{
	size_t index = 0;
	if (step->verb != VERB_SEND)
		return reader_error(scene->reader, node, "\"with\" goes with \"send\" only");
	if (!read_choice(scene->reader, node, "\"with\"", beside_keys[BESIDE_WITH].choices, &index))
		return false;
	step->with_fin = node_is(node, "FIN");
	step->with_reset = !step->with_fin;
	scene->shaped |= 1u << scene_side(scene, step->actor);
	return true;
}

void shape_students(const struct scene *scene, const struct node *student, const struct node *test, unsigned *students)
{
	const unsigned both = 1u << SIDE_SERVER | 1u << SIDE_CLIENT;
	const struct reader *reader = scene->reader;
	if (scene->shaped == 0)
		return;
	if (scene->shaped == both) {
		reader_error(reader, test,
		             "this test shapes the segments of servers and of clients: no student could play either; "
		             "shape one side, with \"from:\" for what comes to it");
		return;
	}
	if ((*students & scene->shaped) != 0)
		reader_error(reader, student, "the student cannot play the %s: the reference shapes its segments",
		             side_word((scene->shaped & 1u << SIDE_SERVER) != 0 ? SIDE_SERVER : SIDE_CLIENT));
	*students = both & ~scene->shaped;
}
