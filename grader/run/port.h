/* The port of a test where the network is shared: other tests, other graders and closed connections may hold the planned
 * one. */
#pragma once

#include "model/plan.h"

/* Takes a port that no program, no closed connection (TIME_WAIT, RFC 9293, section 3.6.1) and no other grader on this
 * network holds; the planned one where the assignment fixes it.  `lease` becomes a descriptor: as long as it is open, no
 * other grader takes that port; -1 where there is none.  Returns 0 with errno when every port is held. */
uint16_t port_take(const struct plan_test *, int *lease);
