/* TCP states, RFC 9293 section 3.3.2. */
#pragma once

#include "model/names.h"

#define TCP_STATES(X)                                                                                                  \
	X(STATE_CLOSED, "CLOSED")                                                                                          \
	X(STATE_LISTEN, "LISTEN")                                                                                          \
	X(STATE_SYN_SENT, "SYN_SENT")                                                                                      \
	X(STATE_SYN_RECEIVED, "SYN_RECEIVED")                                                                              \
	X(STATE_ESTABLISHED, "ESTABLISHED")                                                                                \
	X(STATE_FIN_WAIT_1, "FIN_WAIT_1")                                                                                  \
	X(STATE_FIN_WAIT_2, "FIN_WAIT_2")                                                                                  \
	X(STATE_CLOSE_WAIT, "CLOSE_WAIT")                                                                                  \
	X(STATE_CLOSING, "CLOSING")                                                                                        \
	X(STATE_LAST_ACK, "LAST_ACK")                                                                                      \
	X(STATE_TIME_WAIT, "TIME_WAIT")
NAMES_DECLARE(tcp_state, TCP_STATES)
