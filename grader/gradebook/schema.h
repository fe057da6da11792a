/* Private to gradebook/: the tables, as steps from each format to the next. */
#pragma once

/* migrations[n] makes format n + 1 of format n; BOOK_FORMAT of them. */
extern const char *const migrations[];
