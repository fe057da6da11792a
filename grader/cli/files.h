/* The files that an instructor writes beside specs: what stands in them, for `grader explain` and grader(1). */
#pragma once

struct text;

struct file_page {
	const char *name, *help, *example;
	/* Calls `entry` for each column or member. */
	void (*each)(struct text *, void (*entry)(struct text *, const char *name, const char *help));
};

/* Ends with a NULL name. */
extern const struct file_page file_pages[];
