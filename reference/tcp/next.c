/* Which segment is due next. */
#include "tcp/sequence.h"
#include "tcp/tcb.h"

static bool synchronized(const struct tcb *tcb)
{
	switch (tcb->state) {
	case STATE_ESTABLISHED:
	case STATE_FIN_WAIT_1:
	case STATE_FIN_WAIT_2:
	case STATE_CLOSE_WAIT:
	case STATE_CLOSING:
	case STATE_LAST_ACK:
	case STATE_TIME_WAIT:
		return true;
	case STATE_CLOSED:
	case STATE_LISTEN:
	case STATE_SYN_SENT:
	case STATE_SYN_RECEIVED:
		return false;
	}
	return false;
}

/* What every segment of a connection carries once the other side's number is known. */
static void fill_acknowledgment(struct tcb *tcb, struct segment *segment)
{
	uint32_t window = tcb_window(tcb);
	segment->flags |= SEGMENT_ACK;
	segment->acknowledgment = tcb->rcv_nxt;
	segment->window = (uint16_t)window;
	tcb->rcv_edge = sequence_later(tcb->rcv_edge, tcb->rcv_nxt + window);
	tcb->ack_due = false;
}

static void next_syn(struct tcb *tcb, struct segment *segment)
{
	segment->sequence = tcb->iss;
	segment->flags = SEGMENT_SYN;
	segment->maximum = tcb->rcv_mss;
	segment->window = (uint16_t)tcb_window(tcb);
	tcb->syn_due = false;
	tcb->snd_nxt = tcb->iss + 1;
	if (tcb->state == STATE_SYN_RECEIVED)
		fill_acknowledgment(tcb, segment);
}

/* The data from `from` on, at most `most` bytes, and FIN where nothing follows them. */
static void next_data(struct tcb *tcb, uint32_t from, uint32_t most, struct segment *segment)
{
	uint32_t at = from - tcb->snd_una, length = (uint32_t)tcb->unacknowledged.length;
	uint32_t left = at < length ? length - at : 0;
	segment->sequence = from;
	segment->length = left < most ? left : most;
	segment->data = segment->length > 0 ? (const uint8_t *)tcb->unacknowledged.bytes + at : NULL;
	if (segment->length > 0 && segment->length == left)
		segment->flags |= SEGMENT_PSH;
	if (tcb->fin_wanted && segment->length == left)
		segment->flags |= SEGMENT_FIN;
	fill_acknowledgment(tcb, segment);
}

static void cut_add(struct tcb *tcb, uint32_t end)
{
	if (tcb->cut_count == TCB_CUTS)
		return; /* sent again, it will be longer */
	tcb->cuts[(tcb->cut_first + tcb->cut_count++) % TCB_CUTS] = end;
}

/* Cut as it was cut the first time. */
static void next_again(struct tcb *tcb, struct segment *segment)
{
	uint32_t end = tcb->snd_nxt;
	if (tcb->cut_count > 0)
		end = tcb->cuts[tcb->cut_first];
	uint32_t most = end - tcb->snd_una;
	next_data(tcb, tcb->snd_una, most < tcb->snd_mss ? most : tcb->snd_mss, segment);
	/* A FIN that went out later, or not yet, does not join what is sent again. */
	if (!tcb->fin_sent || segment_space(segment) > most)
		segment->flags &= (uint8_t)~SEGMENT_FIN;
	tcb->resend_due = false;
}

/* How many bytes may go now. */
static uint32_t usable(const struct tcb *tcb)
{
	uint32_t edge = tcb->snd_una + tcb->snd_wnd;
	uint32_t window = sequence_before(tcb->snd_nxt, edge) ? edge - tcb->snd_nxt : 0;
	return window < tcb->snd_mss ? window : tcb->snd_mss;
}

static bool next_fresh(struct tcb *tcb, struct segment *segment)
{
	if (tcb->fin_sent)
		return false;
	uint32_t sent = tcb->snd_nxt - tcb->snd_una;
	uint32_t unsent = (uint32_t)tcb->unacknowledged.length - sent;
	uint32_t most = usable(tcb);
	if (tcb->probe_due && most == 0)
		most = 1;
	tcb->probe_due = false;
	/* FIN waits for the bytes before it, not for a window of its own. */
	bool fin = tcb->fin_wanted && unsent <= most;
	if (!fin && (unsent == 0 || most == 0))
		return false;
	next_data(tcb, tcb->snd_nxt, most, segment);
	tcb->snd_nxt += segment_space(segment);
	tcb->fin_sent = (segment->flags & SEGMENT_FIN) != 0;
	cut_add(tcb, tcb->snd_nxt);
	return true;
}

bool tcb_next(struct tcb *tcb, struct segment *segment)
{
	*segment = (struct segment){0};
	if (tcb->answer_due) {
		*segment = tcb->answer;
		tcb->answer_due = false;
		return true;
	}
	if (tcb->reset_due) {
		tcb->reset_due = false;
		*segment = (struct segment){
			.sequence = tcb->snd_nxt, .acknowledgment = tcb->rcv_nxt, .flags = SEGMENT_RST | SEGMENT_ACK};
		return true;
	}
	if (tcb->syn_due) {
		next_syn(tcb, segment);
		return true;
	}
	if (!synchronized(tcb))
		return false;
	if (tcb->resend_due && tcb_in_flight(tcb)) {
		next_again(tcb, segment);
		return true;
	}
	if (next_fresh(tcb, segment))
		return true;
	if (!tcb->ack_due)
		return false;
	segment->sequence = tcb->snd_nxt;
	fill_acknowledgment(tcb, segment);
	return true;
}
