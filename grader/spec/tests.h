/* `tests:` of a spec: YAML into struct test. */
#pragma once

struct node;
struct spec;
struct spec_reader;

/* Reads all of them; what is wrong is told, and the rest is read all the same. */
void tests_read(struct spec_reader *, const struct node *, struct spec *);
