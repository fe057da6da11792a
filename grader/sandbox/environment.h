/* The environment of a program: made here from nothing, never inherited. */
#pragma once

struct box;

/* Fills box->variables; box->home and the site's search path are set. */
void environment_make(struct box *);
void environment_release(struct box *);
