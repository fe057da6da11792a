/* Which line of the student's own source a kept stack stands in: the innermost call that is written in a file of the
 * submission, as the debug information says.  A line is told only when that file is there, is that long, and has the
 * function where the debug information has it; what stands in headers of the system, in libraries and in run-time systems is passed over.  Reads files that a student made: to be
 * called in a process that may die of it. */
#pragma once

#include "watch/stacks.h"

enum { SOURCE_FILES_MOST = 512, SOURCE_NAME = 200, SOURCE_BYTES_MOST = 1 << 20 };

/* The source files of a submission. */
struct source_files {
	struct {
		char name[SOURCE_NAME]; /* relative to the folder */
		uint32_t lines;
		char *text; /* owned; NUL-terminated */
	} list[SOURCE_FILES_MOST];
	size_t count;
};

/* What is in `folder` (and its folders) and named like a source file of a compiled language. */
void source_files_read(struct source_files *, const char *folder);
void source_files_release(struct source_files *);

enum source_lack {
	SOURCE_UNKNOWN, /* nothing speaks against the program: this stack did not lead to it */
	SOURCE_FOUND,
	SOURCE_WITHOUT_DEBUG, /* the program has no debug information */
	SOURCE_OF_ELSEWHERE, /* it has, for files that are not the submission's */
};

struct source_place {
	enum source_lack lack;
	uint32_t line;
	char file[SOURCE_NAME]; /* SOURCE_FOUND and SOURCE_OF_ELSEWHERE */
};

struct source;

/* The module grader-source (base/module.h). */
struct source_reader {
	/* Everything is borrowed.  `roots`: names that the folder had where the program was built; ends with NULL. */
	struct source *(*open)(const struct stacks *, const struct source_files *, const char *const *roots);
	void (*close)(struct source *); /* NULL is allowed */
	void (*find)(struct source *, uint32_t site, struct source_place *);
};

extern const struct source_reader source_reader;
