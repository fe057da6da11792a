#include "sandbox/network.h"

#include "base/fd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* In a new namespace the loopback interface is always the first. */
enum { LOOPBACK = 1, MTU_BYTES = 1500, RETRANSMIT_MS = 20, BATCH_BYTES = 1024, REQUESTS_MOST = 8 };

/* Several requests in one datagram; the kernel handles them in order and answers each. */
struct batch {
	_Alignas(NLMSG_ALIGNTO) char bytes[BATCH_BYTES];
	size_t length;
	struct nlmsghdr *last;
	const char *names[REQUESTS_MOST]; /* by sequence number */
	uint32_t count;
	unsigned optional; /* 1u << sequence number: may fail */
	bool loses; /* what is lost is to be sent again soon */
};

static void *batch_room(struct batch *batch, size_t size)
{
	void *room = batch->bytes + batch->length;
	batch->length += NLMSG_ALIGN(size);
	return room;
}

static void *request_begin(struct batch *batch, const char *name, uint16_t type, uint16_t flags, size_t body)
{
	struct nlmsghdr *header = batch_room(batch, NLMSG_HDRLEN);
	*header = (struct nlmsghdr){
		.nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags), .nlmsg_seq = batch->count};
	batch->names[batch->count++] = name;
	batch->last = header;
	void *room = batch_room(batch, body);
	header->nlmsg_len = (uint32_t)(batch->bytes + batch->length - (char *)header);
	return room;
}

static struct rtattr *attribute_add(struct batch *batch, uint16_t type, const void *value, size_t size)
{
	struct rtattr *attribute = batch_room(batch, RTA_LENGTH(size));
	attribute->rta_type = type;
	attribute->rta_len = (uint16_t)RTA_LENGTH(size);
	if (size > 0)
		memcpy(RTA_DATA(attribute), value, size);
	batch->last->nlmsg_len = (uint32_t)(batch->bytes + batch->length - (char *)batch->last);
	return attribute;
}

static void attribute_number(struct batch *batch, uint16_t type, uint32_t value)
{
	attribute_add(batch, type, &value, sizeof(value));
}

static void link_up(struct batch *batch)
{
	struct ifinfomsg *link = request_begin(batch, "lo up, MTU 1500", RTM_NEWLINK, 0, sizeof(*link));
	*link = (struct ifinfomsg){.ifi_index = LOOPBACK, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	attribute_number(batch, IFLA_MTU, MTU_BYTES);
}

static void address_add(struct batch *batch, const struct in_addr *address)
{
	struct ifaddrmsg *message =
		request_begin(batch, "address " NETWORK_OUTSIDE, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*message));
	*message = (struct ifaddrmsg){.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = LOOPBACK};
	attribute_add(batch, IFA_LOCAL, address, sizeof(*address));
	attribute_add(batch, IFA_ADDRESS, address, sizeof(*address));
}

static void route_message(struct rtmsg *route, uint8_t family, uint8_t prefix)
{
	*route = (struct rtmsg){.rtm_family = family,
	                        .rtm_dst_len = prefix,
	                        .rtm_table = RT_TABLE_LOCAL,
	                        .rtm_protocol = RTPROT_KERNEL,
	                        .rtm_scope = family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
	                        .rtm_type = RTN_LOCAL};
}

/* The least retransmission time-out counts only where it is locked: ip-route(8), rto_min. */
static void metrics_add(struct batch *batch)
{
	struct rtattr *metrics = attribute_add(batch, RTA_METRICS, NULL, 0);
	attribute_number(batch, RTAX_QUICKACK, 1);
	if (batch->loses) {
		attribute_number(batch, RTAX_LOCK, 1u << RTAX_RTO_MIN);
		attribute_number(batch, RTAX_RTO_MIN, RETRANSMIT_MS);
	}
	metrics->rta_len = (uint16_t)(batch->bytes + batch->length - (char *)metrics);
}

/* Puts `quickack` on a local route that the kernel made by itself. */
static void route_replace(struct batch *batch, const struct in_addr *to, uint8_t prefix, const struct in_addr *from)
{
	struct rtmsg *route =
		request_begin(batch, "local route with quickack", RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*route));
	route_message(route, AF_INET, prefix);
	attribute_add(batch, RTA_DST, to, sizeof(*to));
	attribute_number(batch, RTA_OIF, LOOPBACK);
	attribute_add(batch, RTA_PREFSRC, from, sizeof(*from));
	metrics_add(batch);
}

/* The kernel's own route to ::1 has priority 0, which nobody can ask for, so it cannot be replaced in place.  Where
 * IPv6 is off there is none. */
static void route_replace_6(struct batch *batch)
{
	batch->optional |= 3u << batch->count;
	struct rtmsg *route = request_begin(batch, "old route to ::1", RTM_DELROUTE, 0, sizeof(*route));
	route_message(route, AF_INET6, 128);
	attribute_add(batch, RTA_DST, &in6addr_loopback, sizeof(in6addr_loopback));
	route = request_begin(batch, "route to ::1 with quickack", RTM_NEWROUTE, NLM_F_CREATE, sizeof(*route));
	route_message(route, AF_INET6, 128);
	attribute_add(batch, RTA_DST, &in6addr_loopback, sizeof(in6addr_loopback));
	attribute_number(batch, RTA_OIF, LOOPBACK);
	metrics_add(batch);
}

/* Answers to requests of a link come one by one, errors carry the sequence number of what they are about. */
static bool answers_take(int netlink, const struct batch *batch, struct mishap *mishap)
{
	for (uint32_t answered = 0; answered < batch->count;) {
		_Alignas(NLMSG_ALIGNTO) char bytes[8192];
		ssize_t length = recv(netlink, bytes, sizeof(bytes), 0);
		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return mishap_errno(mishap, "recv on rtnetlink");
		size_t left = (size_t)length;
		for (const struct nlmsghdr *at = (const struct nlmsghdr *)(const void *)bytes;
		     left >= sizeof(*at) && at->nlmsg_len >= sizeof(*at) && at->nlmsg_len <= left;) {
			if (at->nlmsg_type == NLMSG_ERROR && at->nlmsg_seq < batch->count) {
				const struct nlmsgerr *answer = (const struct nlmsgerr *)(const void *)(at + 1);
				answered++;
				if (answer->error != 0 && (batch->optional & (1u << at->nlmsg_seq)) == 0) {
					errno = -answer->error;
					return mishap_errno(mishap, "rtnetlink: %s", batch->names[at->nlmsg_seq]);
				}
			}
			size_t step = NLMSG_ALIGN(at->nlmsg_len);
			if (step >= left)
				break;
			left -= step;
			at = (const struct nlmsghdr *)(const void *)((const char *)at + step);
		}
	}
	return true;
}

static bool links_make(bool loses, struct mishap *mishap)
{
	FD_AUTO netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (netlink < 0)
		return mishap_errno(mishap, "socket(NETLINK_ROUTE)");
	struct in_addr loopback = {htonl(INADDR_LOOPBACK)}, net = {htonl(0x7f000000)}, outside;
	if (inet_pton(AF_INET, NETWORK_OUTSIDE, &outside) != 1)
		return mishap_text(mishap, "%s is no address", NETWORK_OUTSIDE);
	struct batch batch = {.loses = loses};
	link_up(&batch);
	address_add(&batch, &outside);
	route_replace(&batch, &net, 8, &loopback);
	route_replace(&batch, &loopback, 32, &loopback);
	route_replace(&batch, &outside, 32, &outside);
	route_replace_6(&batch);
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	if (sendto(netlink, batch.bytes, batch.length, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return mishap_errno(mishap, "send on rtnetlink");
	return answers_take(netlink, &batch, mishap);
}

static bool offloads_off(struct mishap *mishap)
{
	static const struct {
		uint32_t command;
		const char *name;
	} offloads[] = {{ETHTOOL_STSO, "TSO"}, {ETHTOOL_SGSO, "GSO"}, {ETHTOOL_SGRO, "GRO"}};
	FD_AUTO fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return mishap_errno(mishap, "socket(AF_INET)");
	for (size_t i = 0; i < sizeof(offloads) / sizeof(offloads[0]); i++) {
		struct ethtool_value value = {.cmd = offloads[i].command, .data = 0};
		struct ifreq request = {.ifr_name = "lo", .ifr_data = (char *)&value};
		if (ioctl(fd, SIOCETHTOOL, &request) < 0)
			return mishap_errno(mishap, "ethtool: %s off on lo", offloads[i].name);
	}
	return true;
}

/* A container's /proc/sys may be mounted for reading only. */
static bool setting_write(struct box_network *network, const char *name, const char *value, struct mishap *mishap)
{
	FD_AUTO fd = openat(network->proc, name, O_WRONLY | O_CLOEXEC);
	network->unset = network->unset || (fd < 0 && errno == EROFS);
	if (fd < 0 && errno == EROFS)
		return true;
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return mishap_errno(mishap, "writing \"%s\" to /proc/%s", value, name);
	return true;
}

bool network_make(struct box_network *network, int proc, bool loses, struct mishap *mishap)
{
	*network = (struct box_network){.proc = proc, .loses = loses};
	return links_make(loses, mishap) && offloads_off(mishap) &&
	       setting_write(network, "sys/net/ipv4/ip_unprivileged_port_start", "0", mishap) &&
	       setting_write(network, "sys/net/ipv4/tcp_no_metrics_save", "1", mishap);
}

/* proc_net(5), sockstat: per protocol `inuse`, `tw` and `memory` are of this namespace; `used`, `orphan`, `alloc` and
 * `mem` are not, or count the sockets of the runner too. */
static bool counts_zero(const char *text)
{
	static const char *const counts[] = {"inuse ", "tw ", "memory "};
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		for (const char *at = text; (at = strstr(at, counts[i])) != NULL;) {
			at += strlen(counts[i]);
			if (*at != '0')
				return false;
		}
	return true;
}

static bool counts_clear(int proc, const char *name)
{
	char text[1024];
	FD_AUTO fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length <= 0)
		return errno == ENOENT; /* no IPv6 */
	text[length] = '\0';
	return counts_zero(text);
}

bool network_unused(const struct box_network *network)
{
	return !network->unset && counts_clear(network->proc, "self/net/sockstat") &&
	       counts_clear(network->proc, "self/net/sockstat6");
}
