/* Private to intake/: what editors and archives of other systems do to scripts, undone. */
#pragma once

#include <stdbool.h>

struct arena;
struct diags;
struct intake_notes;

/* In Makefiles and in files that begin with "#!" line ends of CR LF become LF, and a byte order mark goes; the latter get
 * their run bit back.  Every change is noted.  Other files keep their bytes. */
bool repair(const char *folder, struct intake_notes *, struct arena *, struct diags *);
void note(struct intake_notes *, struct arena *, const char *format, ...) __attribute__((format(printf, 3, 4)));
