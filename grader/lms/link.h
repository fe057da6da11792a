/* The Link header (RFC 8288) as platforms really write it. */
#pragma once

#include <stdbool.h>

struct text;

/* Adds the address with rel=next to `url`, resolved against the address that was asked (url_resolve).  Quotes may be
 * straight, typographic or missing, "&amp;" in the address is "&".  False when there is none. */
bool link_next(const char *header, const char *asked, struct text *url);
