/* The stage of tests that trace the programs of tracer_programs.h, one after the other. */
#pragma once

#include "tracer_programs.h"
#include "tracer_stage.h"

/* What every such server begins with. */
#define LISTENS "socket socket=3 setsockopt setsockopt=0 bind bind=0 listen listen=0"

static struct stage stage;

static inline int open_stage(void **state)
{
	(void)state;
	stage_open(&stage, WATCH_CALLS);
	return 0;
}

static inline int close_stage(void **state)
{
	(void)state;
	stage_close(&stage);
	return 0;
}

static inline void assert_words(const char *expected)
{
	assert_string_equal(text_string(&stage.words), expected);
}
