/* What the grader had made of the circumstances: said in every report, so that nobody looks for it in the program. */
#pragma once

#include "judge/story.h"

/* "fails when \"hello\\n\" arrives as \"h\" + \"ello\\n\"", "the grader makes read() fail with EINTR"; NULL: nothing. */
const char *circumstances_text(const struct story *, struct arena *);
/* The grader has made a call of the actor's programs fail: what they did afterwards may be their answer to that. */
bool circumstances_failed(const struct story *, int actor);
/* The EVENT_SETBACK behind a call whose return is this event; STORY_NONE: it was not the grader's doing. */
uint32_t circumstances_of(const struct story *, uint32_t returned);
