/* The units of a file's debug information (libdw), and the places that an address in one of them stands in.  Units of
 * libraries are known by their names, and nothing else of them is read. */
#pragma once

#include "watch/place.h"

#include <elfutils/libdw.h>

struct units;

/* `dwarf` is borrowed.  NULL: all its units are libraries'. */
struct units *units_open(Dwarf *dwarf);
/* NULL is allowed. */
void units_close(struct units *);
/* `address` is one in the file.  True when `seen` ended the search. */
bool units_places(struct units *, Dwarf_Addr address, code_place_seen seen, void *context);
