#include "tcp/tcb.h"

#include "tcp/sequence.h"

#include <string.h>

NAMES_DEFINE(tcb_fault, TCB_FAULTS)

void tcb_init(struct tcb *tcb, uint32_t iss, uint32_t rcv_buffer, uint16_t rcv_mss)
{
	*tcb = (struct tcb){
		.state = STATE_CLOSED,
		.iss = iss,
		.snd_una = iss,
		.snd_nxt = iss,
		.snd_mss = SEGMENT_DEFAULT_MAXIMUM,
		.rcv_buffer = rcv_buffer < TCB_WINDOW_MOST ? rcv_buffer : TCB_WINDOW_MOST,
		.rcv_most = TCB_WINDOW_MOST,
		.rcv_mss = rcv_mss,
	};
	tcb->unacknowledged.ceiling = TCB_SEND_BYTES;
	tcb->unread.ceiling = REASSEMBLY_BYTES;
}

void tcb_release(struct tcb *tcb)
{
	if (tcb == NULL)
		return;
	text_release(&tcb->unacknowledged);
	text_release(&tcb->unread);
	reassembly_release(&tcb->ahead);
}

void tcb_listen(struct tcb *tcb)
{
	tcb->state = STATE_LISTEN;
}

void tcb_connect(struct tcb *tcb)
{
	tcb->state = STATE_SYN_SENT;
	tcb->syn_due = true;
}

static bool may_send(const struct tcb *tcb)
{
	switch (tcb->state) {
	case STATE_SYN_SENT:
	case STATE_SYN_RECEIVED:
	case STATE_ESTABLISHED:
	case STATE_CLOSE_WAIT:
		return !tcb->fin_wanted;
	case STATE_CLOSED:
	case STATE_LISTEN:
	case STATE_FIN_WAIT_1:
	case STATE_FIN_WAIT_2:
	case STATE_CLOSING:
	case STATE_LAST_ACK:
	case STATE_TIME_WAIT:
		return false;
	}
	return false;
}

int64_t tcb_send(struct tcb *tcb, const void *bytes, size_t length)
{
	if (!may_send(tcb))
		return -1;
	size_t room = TCB_SEND_BYTES - tcb->unacknowledged.length;
	size_t taken = length < room ? length : room;
	text_add(&tcb->unacknowledged, bytes, taken);
	return (int64_t)taken;
}

size_t tcb_receive(struct tcb *tcb, void *into, size_t room)
{
	size_t taken = tcb->unread.length < room ? tcb->unread.length : room;
	if (taken == 0)
		return 0;
	memcpy(into, tcb->unread.bytes, taken);
	tcb->unread.length -= taken;
	memmove(tcb->unread.bytes, tcb->unread.bytes + taken, tcb->unread.length);
	/* Told only when it is worth a segment, against silly windows: RFC 9293, section 3.8.6.2.2. */
	uint32_t worth = 2U * tcb->rcv_mss < tcb->rcv_buffer / 2 ? 2U * tcb->rcv_mss : tcb->rcv_buffer / 2;
	uint32_t offered = tcb->rcv_edge - tcb->rcv_nxt;
	if (tcb_window(tcb) >= offered + worth && !tcb->fin_received)
		tcb->ack_due = true;
	return taken;
}

bool tcb_at_end(const struct tcb *tcb)
{
	return tcb->fin_received && tcb->unread.length == 0;
}

void tcb_close(struct tcb *tcb)
{
	switch (tcb->state) {
	case STATE_LISTEN:
	case STATE_SYN_SENT:
		tcb->state = STATE_CLOSED;
		tcb->syn_due = false;
		return;
	case STATE_SYN_RECEIVED:
		/* What its FIN makes of it is decided once it is established. */
		tcb->fin_wanted = true;
		return;
	case STATE_ESTABLISHED:
		tcb->fin_wanted = true;
		tcb->state = STATE_FIN_WAIT_1;
		return;
	case STATE_CLOSE_WAIT:
		tcb->fin_wanted = true;
		tcb->state = STATE_LAST_ACK;
		return;
	case STATE_CLOSED:
	case STATE_FIN_WAIT_1:
	case STATE_FIN_WAIT_2:
	case STATE_CLOSING:
	case STATE_LAST_ACK:
	case STATE_TIME_WAIT:
		return;
	}
}

void tcb_orphan(struct tcb *tcb)
{
	tcb->orphan = true;
}

void tcb_abort(struct tcb *tcb)
{
	bool somebody = tcb->state != STATE_CLOSED && tcb->state != STATE_LISTEN && tcb->state != STATE_SYN_SENT;
	tcb->syn_due = tcb->ack_due = tcb->resend_due = tcb->probe_due = false;
	tcb->reset_due = somebody;
	tcb->state = STATE_CLOSED;
}

void tcb_limit_window(struct tcb *tcb, uint32_t bytes)
{
	tcb->rcv_most = bytes < TCB_WINDOW_MOST ? bytes : TCB_WINDOW_MOST;
	bool told = tcb->state != STATE_CLOSED && tcb->state != STATE_LISTEN && tcb->state != STATE_SYN_SENT &&
	            tcb->state != STATE_SYN_RECEIVED;
	if (told && !tcb->fin_received)
		tcb->ack_due = true;
}

uint32_t tcb_window(const struct tcb *tcb)
{
	uint32_t free = tcb->rcv_buffer > tcb->unread.length ? tcb->rcv_buffer - (uint32_t)tcb->unread.length : 0;
	/* What was offered is not taken back by a program that does not read. */
	uint32_t offered = sequence_before(tcb->rcv_nxt, tcb->rcv_edge) ? tcb->rcv_edge - tcb->rcv_nxt : 0;
	if (free < offered)
		free = offered;
	return free < tcb->rcv_most ? free : tcb->rcv_most;
}

bool tcb_in_flight(const struct tcb *tcb)
{
	return tcb->state != STATE_CLOSED && tcb->snd_una != tcb->snd_nxt;
}

bool tcb_blocked(const struct tcb *tcb)
{
	bool connected = tcb->state != STATE_CLOSED && tcb->state != STATE_LISTEN && tcb->state != STATE_SYN_SENT &&
	                 tcb->state != STATE_SYN_RECEIVED;
	return connected && !tcb_in_flight(tcb) && tcb->snd_wnd == 0 && tcb->unacknowledged.length > 0;
}

bool tcb_retransmit(struct tcb *tcb)
{
	if (!tcb_in_flight(tcb))
		return false;
	if (tcb->state == STATE_SYN_SENT || tcb->state == STATE_SYN_RECEIVED)
		tcb->syn_due = true;
	else
		tcb->resend_due = true;
	return true;
}

bool tcb_probe(struct tcb *tcb)
{
	tcb->probe_due = tcb_blocked(tcb);
	return tcb->probe_due;
}

void tcb_give_up(struct tcb *tcb)
{
	if (tcb->state != STATE_CLOSED)
		tcb->fault = TCB_TIMED_OUT;
	tcb->syn_due = tcb->ack_due = tcb->resend_due = tcb->probe_due = false;
	tcb->state = STATE_CLOSED;
}

void tcb_expire(struct tcb *tcb)
{
	if (tcb->state == STATE_TIME_WAIT)
		tcb->state = STATE_CLOSED;
}
