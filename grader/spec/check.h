/* What a spec says that cannot be, whoever plays: a role that speaks on a connection it has closed, a program that acts
 * after it was killed, two ends and no word which one. */
#pragma once

struct diags;
struct spec;

/* Unrolls every test and adds what is wrong to `diags`, each place once. */
void spec_check(const struct spec *, struct diags *);
