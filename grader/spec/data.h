/* DATA: YAML into struct data. */
#pragma once

#include "model/data.h"
#include "model/verbs.h"

struct node;
struct scene;

enum data_use {
	DATA_TO_SEND, /* bytes, or what they look like and an example */
	DATA_TO_RECEIVE, /* the same, or a SIZE */
	DATA_PRINTED, /* bytes or a pattern */
	DATA_TYPED, /* bytes */
};

/* Keys that go with one source only: {UNTIL, MATCH} and so on. */
enum { DATA_COMPANY = DATA_KEYS - DATA_SOURCES };
extern const enum data_key data_company[DATA_COMPANY][2];

/* `verb` is for messages.  False after telling why not. */
bool data_read(struct scene *, const struct node *, const char *verb, enum data_use, struct data *);
