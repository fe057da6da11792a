/* Parts of the program that are loaded when they are first needed (dlopen(3)), because they bring large libraries: every
 * process that a test starts would carry those along, and each fork would copy what they map. */
#pragma once

struct diags;

/* The table that a module offers under this name: a const struct of functions.  The module is a file grader-NAME.so
 * beside the program, or in ../lib/grader where it was installed, and stays loaded.  NULL with `diags`. */
const void *module_table(const char *module, const char *table, struct diags *diags);
