/* What the files of the story share. */
#pragma once

#include "judge/story.h"

void story_bytes_add(struct story *, struct story_bytes *, const uint8_t *bytes, size_t known, size_t length);
/* First evidence that an end has sent its FIN, or its RST. */
void story_end_ended(struct story_end *, uint32_t event);
void story_end_broken(struct story_end *, uint32_t event);
/* A connection of the story for an event, made when it is new; NULL for CONNECTION_NONE. */
struct story_connection *story_connection_make(struct story *, const struct event *);
void story_transfer_add(struct story *, struct story_transfers *, const struct event *);
/* Over UDP: EVENT_SEGMENT, the return of a call (connection NULL: of nobody known), EVENT_PEER. */
void story_datagram_passed(struct story *, struct story_connection *, const struct event *);
void story_datagram_call(struct story *, struct story_connection *, const struct event *);
void story_datagram_peer(struct story *, struct story_connection *, const struct event *);
/* Who speaks is known now: the conversation that its client has had before, with what was in this one, or itself. */
struct story_connection *story_conversation(struct story *, struct story_connection *);
/* EVENT_CALL and EVENT_RETURN; EVENT_PEER; EVENT_STATE. */
void story_feed_call(struct story *, const struct event *);
void story_feed_peer(struct story *, const struct event *);
void story_feed_state(struct story *, const struct event *);

static inline void story_first(uint32_t *first, uint32_t event)
{
	if (*first == STORY_NONE)
		*first = event;
}
