/* A timeline for Wireshark: the segments, and between them the calls of the programs as rows of their own (an exported
 * PDU of the syslog dissector).  draft-ietf-opsawg-pcapng,
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html; the exported PDU is Wireshark's
 * epan/exported_pdu.h. */
#pragma once

struct text;
struct timeline;

/* Time 0 is the start of the test.  Equal timelines make equal bytes. */
void pcapng_write(const struct timeline *, struct text *);
