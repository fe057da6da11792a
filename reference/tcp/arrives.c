/* SEGMENT ARRIVES: RFC 9293, section 3.10.7.  The steps have the RFC's order. */
#include "tcp/sequence.h"
#include "tcp/tcb.h"

#include <string.h>

static bool has(const struct segment *segment, unsigned flag)
{
	return (segment->flags & flag) != 0;
}

/* Section 3.5.2: what should not have come. */
static void answer_reset(struct tcb *tcb, const struct segment *segment)
{
	if (has(segment, SEGMENT_ACK))
		tcb->answer = (struct segment){.sequence = segment->acknowledgment, .flags = SEGMENT_RST};
	else
		tcb->answer = (struct segment){.acknowledgment = segment->sequence + segment_space(segment),
		                               .flags = SEGMENT_RST | SEGMENT_ACK};
	tcb->answer_due = true;
}

static void end_with(struct tcb *tcb, enum tcb_fault fault)
{
	tcb->fault = fault;
	tcb->state = STATE_CLOSED;
	tcb->syn_due = tcb->ack_due = tcb->resend_due = tcb->probe_due = false;
}

static void take_window(struct tcb *tcb, const struct segment *segment)
{
	tcb->snd_wnd = segment->window;
	tcb->snd_wl1 = segment->sequence;
	tcb->snd_wl2 = segment->acknowledgment;
}

static void take_syn(struct tcb *tcb, const struct segment *segment)
{
	tcb->irs = segment->sequence;
	tcb->rcv_nxt = segment->sequence + 1;
	tcb->rcv_edge = tcb->rcv_nxt + tcb_window(tcb);
	uint16_t maximum = segment->maximum != 0 ? segment->maximum : (uint16_t)SEGMENT_DEFAULT_MAXIMUM;
	tcb->snd_mss = maximum < tcb->rcv_mss ? maximum : tcb->rcv_mss;
	take_window(tcb, segment);
}

/* Section 3.10.7.2. */
static void arrives_listen(struct tcb *tcb, const struct segment *segment)
{
	if (has(segment, SEGMENT_RST))
		return;
	if (has(segment, SEGMENT_ACK)) {
		answer_reset(tcb, segment);
		return;
	}
	if (!has(segment, SEGMENT_SYN))
		return;
	take_syn(tcb, segment);
	tcb->passive = true;
	tcb->state = STATE_SYN_RECEIVED;
	tcb->syn_due = true;
}

static void established(struct tcb *tcb, const struct segment *segment)
{
	tcb->snd_una = tcb->iss + 1;
	take_window(tcb, segment);
	tcb->syn_due = false;
	tcb->state = tcb->fin_wanted ? STATE_FIN_WAIT_1 : STATE_ESTABLISHED;
}

/* Section 3.10.7.3.  Data with the SYN is not taken: it comes again. */
static void arrives_syn_sent(struct tcb *tcb, const struct segment *segment)
{
	bool acknowledges = has(segment, SEGMENT_ACK);
	bool good = segment->acknowledgment == tcb->iss + 1 && tcb->snd_nxt == tcb->iss + 1;
	if (acknowledges && !good) {
		if (!has(segment, SEGMENT_RST))
			answer_reset(tcb, segment);
		return;
	}
	if (has(segment, SEGMENT_RST)) {
		if (acknowledges)
			end_with(tcb, TCB_REFUSED);
		return;
	}
	if (!has(segment, SEGMENT_SYN))
		return;
	take_syn(tcb, segment);
	if (acknowledges) {
		established(tcb, segment);
		tcb->ack_due = true;
	} else {
		/* Both opened at once: section 3.5, figure 7. */
		tcb->state = STATE_SYN_RECEIVED;
		tcb->syn_due = true;
	}
}

static uint32_t receive_window(const struct tcb *tcb)
{
	return sequence_before(tcb->rcv_nxt, tcb->rcv_edge) ? tcb->rcv_edge - tcb->rcv_nxt : 0;
}

/* Section 3.10.7.4, first: the four cases of table 6.  A bare FIN needs no room. */
static bool acceptable(const struct tcb *tcb, const struct segment *segment)
{
	uint32_t space = segment_space(segment), window = receive_window(tcb);
	if (window == 0)
		return segment->sequence == tcb->rcv_nxt && segment->length == 0 && !has(segment, SEGMENT_SYN);
	if (sequence_within(segment->sequence, tcb->rcv_nxt, tcb->rcv_edge))
		return true;
	return space > 0 && sequence_within(segment->sequence + space - 1, tcb->rcv_nxt, tcb->rcv_edge);
}

/* Section 3.10.7.4: the segment is taken as if it began at RCV.NXT at the earliest and ended within the window. */
static void trim(const struct tcb *tcb, struct segment *segment)
{
	if (has(segment, SEGMENT_SYN)) {
		segment->sequence++;
		segment->flags &= (uint8_t)~SEGMENT_SYN;
	}
	if (sequence_before(segment->sequence, tcb->rcv_nxt)) {
		uint32_t old = tcb->rcv_nxt - segment->sequence;
		uint32_t cut = old < segment->length ? old : segment->length;
		if (old > segment->length)
			segment->flags &= (uint8_t)~SEGMENT_FIN;
		segment->sequence += old;
		segment->data += cut;
		segment->length -= cut;
	}
	uint32_t ahead = segment->sequence - tcb->rcv_nxt, window = receive_window(tcb);
	uint32_t room = ahead < window ? window - ahead : 0;
	if (segment->length > room) {
		segment->length = room;
		segment->flags &= (uint8_t)~SEGMENT_FIN;
	}
}

/* Second.  True when nothing else of the segment counts. */
static bool takes_reset(struct tcb *tcb, const struct segment *segment)
{
	if (!has(segment, SEGMENT_RST))
		return false;
	if (segment->sequence != tcb->rcv_nxt) {
		tcb->ack_due = true; /* RFC 5961, section 3.2: a challenge */
		return true;
	}
	bool opening = tcb->state == STATE_SYN_RECEIVED && !tcb->passive;
	bool ending = tcb->state == STATE_CLOSING || tcb->state == STATE_LAST_ACK || tcb->state == STATE_TIME_WAIT;
	end_with(tcb, opening ? TCB_REFUSED : ending ? TCB_SOUND : TCB_RESET);
	return true;
}

static void forget_acknowledged(struct tcb *tcb, uint32_t acknowledgment)
{
	uint32_t count = acknowledgment - tcb->snd_una;
	struct text *kept = &tcb->unacknowledged;
	size_t gone = count < kept->length ? count : kept->length; /* the FIN is no byte */
	if (gone > 0) {
		kept->length -= gone;
		memmove(kept->bytes, kept->bytes + gone, kept->length);
	}
	tcb->snd_una = acknowledgment;
	while (tcb->cut_count > 0 && sequence_at_most(tcb->cuts[tcb->cut_first], acknowledgment)) {
		tcb->cut_first = (tcb->cut_first + 1) % TCB_CUTS;
		tcb->cut_count--;
	}
}

/* Its FIN has been acknowledged. */
static void fin_acknowledged(struct tcb *tcb)
{
	if (tcb->state == STATE_FIN_WAIT_1)
		tcb->state = STATE_FIN_WAIT_2;
	else if (tcb->state == STATE_CLOSING)
		tcb->state = STATE_TIME_WAIT;
	else if (tcb->state == STATE_LAST_ACK)
		tcb->state = STATE_CLOSED;
}

/* Fifth.  True when the rest of the segment counts. */
static bool takes_acknowledgment(struct tcb *tcb, const struct segment *segment)
{
	uint32_t acknowledgment = segment->acknowledgment;
	if (!has(segment, SEGMENT_ACK))
		return false;
	bool news = sequence_before(tcb->snd_una, acknowledgment) && sequence_at_most(acknowledgment, tcb->snd_nxt);
	if (tcb->state == STATE_SYN_RECEIVED) {
		if (!news) {
			answer_reset(tcb, segment);
			return false;
		}
		established(tcb, segment);
	}
	if (sequence_before(tcb->snd_nxt, acknowledgment)) {
		tcb->ack_due = true;
		return false;
	}
	if (news && acknowledgment != tcb->snd_una)
		forget_acknowledged(tcb, acknowledgment);
	bool current = sequence_before(tcb->snd_wl1, segment->sequence) ||
	               (tcb->snd_wl1 == segment->sequence && sequence_at_most(tcb->snd_wl2, acknowledgment));
	if (current && sequence_at_most(tcb->snd_una, acknowledgment))
		take_window(tcb, segment);
	if (tcb->fin_sent && tcb->snd_una == tcb->snd_nxt)
		fin_acknowledged(tcb);
	return tcb->state != STATE_CLOSED;
}

/* Seventh. */
static void takes_data(struct tcb *tcb, const struct segment *segment)
{
	bool receives = tcb->state == STATE_ESTABLISHED || tcb->state == STATE_FIN_WAIT_1 || tcb->state == STATE_FIN_WAIT_2;
	if (!receives || tcb->fin_received)
		return;
	if (tcb->orphan && segment->length > 0) {
		answer_reset(tcb, segment);
		end_with(tcb, TCB_SOUND);
		return;
	}
	if (segment->length > 0)
		tcb->ack_due = true;
	if (segment->sequence == tcb->rcv_nxt) {
		text_add(&tcb->unread, segment->data, segment->length);
		tcb->rcv_nxt += segment->length;
	} else if (!reassembly_add(&tcb->ahead, segment->sequence, segment->data, segment->length)) {
		return;
	}
	if (has(segment, SEGMENT_FIN)) {
		tcb->fin_known = true;
		tcb->fin_at = segment->sequence + segment->length;
	}
	reassembly_take(&tcb->ahead, &tcb->rcv_nxt, &tcb->unread);
}

/* Eighth. */
static void takes_fin(struct tcb *tcb, const struct segment *segment)
{
	if (has(segment, SEGMENT_FIN))
		tcb->ack_due = true;
	if (!tcb->fin_known || tcb->fin_received || tcb->rcv_nxt != tcb->fin_at || tcb->state == STATE_CLOSED)
		return;
	tcb->fin_received = true;
	tcb->rcv_nxt++;
	tcb->ack_due = true;
	if (tcb->state == STATE_ESTABLISHED)
		tcb->state = STATE_CLOSE_WAIT;
	else if (tcb->state == STATE_FIN_WAIT_1)
		tcb->state = STATE_CLOSING;
	else if (tcb->state == STATE_FIN_WAIT_2)
		tcb->state = STATE_TIME_WAIT;
}

/* Section 3.10.7.4. */
static void arrives_synchronized(struct tcb *tcb, const struct segment *arrived)
{
	struct segment segment = *arrived;
	bool again = segment.sequence == tcb->irs && has(&segment, SEGMENT_SYN) && tcb->state == STATE_SYN_RECEIVED;
	if (again && !has(&segment, SEGMENT_ACK)) {
		tcb->syn_due = true; /* its answer was lost */
		return;
	}
	/* Both opened at once, and this is the other's answer. */
	bool crossed = again && !tcb->passive;
	if (!crossed && !acceptable(tcb, &segment)) {
		if (has(&segment, SEGMENT_RST))
			return;
		tcb->ack_due = true;
		/* With the window closed, acknowledgments still count. */
		if (segment.sequence == tcb->rcv_nxt && tcb->state != STATE_SYN_RECEIVED)
			takes_acknowledgment(tcb, &segment);
		return;
	}
	if (takes_reset(tcb, &segment))
		return;
	if (has(&segment, SEGMENT_SYN) && !crossed) {
		tcb->ack_due = true; /* RFC 5961, section 4.2: a challenge */
		return;
	}
	tcb->ack_due = tcb->ack_due || crossed;
	trim(tcb, &segment);
	if (!takes_acknowledgment(tcb, &segment))
		return;
	takes_data(tcb, &segment);
	takes_fin(tcb, &segment);
}

void tcb_arrives(struct tcb *tcb, const struct segment *segment)
{
	switch (tcb->state) {
	case STATE_CLOSED:
		if (!has(segment, SEGMENT_RST))
			answer_reset(tcb, segment);
		return;
	case STATE_LISTEN:
		arrives_listen(tcb, segment);
		return;
	case STATE_SYN_SENT:
		arrives_syn_sent(tcb, segment);
		return;
	case STATE_SYN_RECEIVED:
	case STATE_ESTABLISHED:
	case STATE_FIN_WAIT_1:
	case STATE_FIN_WAIT_2:
	case STATE_CLOSE_WAIT:
	case STATE_CLOSING:
	case STATE_LAST_ACK:
	case STATE_TIME_WAIT:
		arrives_synchronized(tcb, segment);
		return;
	}
}
