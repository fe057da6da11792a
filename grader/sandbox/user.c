#include "sandbox/user.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* A name in the abstract namespace of unix(7) is a lock that the kernel lets go of when its last holder dies. */
int user_reserve(unsigned from, uid_t *user, struct mishap *mishap)
{
	int lock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (lock < 0) {
		mishap_errno(mishap, "socket(AF_UNIX)");
		return -1;
	}
	for (unsigned i = 0; i < USER_COUNT; i++) {
		unsigned place = (from + i) % USER_COUNT;
		struct sockaddr_un name = {.sun_family = AF_UNIX};
		int length = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "grader-user-%u", USER_FIRST + place);
		socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
		if (bind(lock, (struct sockaddr *)&name, size) == 0) {
			*user = USER_FIRST + place;
			return lock;
		}
		if (errno != EADDRINUSE)
			break;
	}
	mishap_errno(mishap, "no user of %d to %d is free", USER_FIRST, USER_FIRST + USER_COUNT - 1);
	close(lock);
	return -1;
}

static bool capabilities_get(struct __user_cap_data_struct data[static 2])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	return syscall(SYS_capget, &header, data) == 0;
}

bool capability_held(unsigned capability)
{
	struct __user_cap_data_struct data[2] = {0};
	return capabilities_get(data) && (data[capability / 32].effective & (1u << (capability % 32))) != 0;
}

bool bounds_drop(struct mishap *mishap)
{
	if (!capability_held(CAP_SETPCAP)) /* no_new_privs makes up for it */
		return true;
	for (unsigned long capability = 0; capability < 64; capability++) {
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL) /* past the last one that this kernel knows */
			break;
		return mishap_errno(mishap, "prctl(PR_CAPBSET_DROP)");
	}
	return true;
}

static bool map_write(int proc, const char *name, const char *content, struct mishap *mishap)
{
	FD_AUTO fd = openat(proc, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, content, strlen(content)) < 0)
		return mishap_errno(mishap, "writing /proc/%s", name);
	return true;
}

bool user_namespace_enter(int proc, struct mishap *mishap)
{
	uid_t user = geteuid();
	gid_t group = getegid();
	if (unshare(CLONE_NEWUSER) < 0)
		return mishap_errno(mishap, "unshare(CLONE_NEWUSER)");
	char map[2][64];
	snprintf(map[0], sizeof(map[0]), "%d %u 1\n", USER_INSIDE, user);
	snprintf(map[1], sizeof(map[1]), "%d %u 1\n", USER_INSIDE, group);
	/* user_namespaces(7): without CAP_SETGID outside, setgroups(2) must be denied before gid_map is written. */
	return map_write(proc, "self/setgroups", "deny", mishap) && map_write(proc, "self/uid_map", map[0], mishap) &&
	       map_write(proc, "self/gid_map", map[1], mishap) && bounds_drop(mishap);
}

bool user_drop_to(uid_t user, gid_t group, struct mishap *mishap)
{
	if (setgroups(0, NULL) < 0)
		return mishap_errno(mishap, "setgroups(0)");
	if (setresgid(group, group, group) < 0)
		return mishap_errno(mishap, "setresgid(%u)", group);
	if (setresuid(user, user, user) < 0)
		return mishap_errno(mishap, "setresuid(%u)", user);
	return true;
}

bool user_demote(uid_t user, gid_t group, struct mishap *mishap)
{
	return user_drop_to(user, group, mishap) &&
	       (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 || mishap_errno(mishap, "prctl(PR_SET_DUMPABLE)"));
}

static bool capabilities_set(const struct __user_cap_data_struct data[static 2], struct mishap *mishap)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	if (syscall(SYS_capset, &header, data) < 0)
		return mishap_errno(mishap, "capset");
	return true;
}

bool user_become(uid_t user, gid_t group, struct mishap *mishap)
{
	struct __user_cap_data_struct data[2] = {0};
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return mishap_errno(mishap, "prctl(PR_SET_KEEPCAPS)");
	if (!user_drop_to(user, group, mishap))
		return false;
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 || !capabilities_get(data))
		return mishap_errno(mishap, "capget");
	for (size_t i = 0; i < 2; i++)
		data[i].effective = data[i].permitted;
	if (!capabilities_set(data, mishap))
		return false;
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return mishap_errno(mishap, "prctl(PR_SET_DUMPABLE)");
	return true;
}

static bool privileges_keep(const struct __user_cap_data_struct data[static 2], struct mishap *mishap)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return mishap_errno(mishap, "prctl(PR_CAP_AMBIENT)");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return mishap_errno(mishap, "prctl(PR_SET_NO_NEW_PRIVS)");
	return capabilities_set(data, mishap);
}

bool privileges_drop(struct mishap *mishap)
{
	return privileges_keep((struct __user_cap_data_struct[2]){0}, mishap);
}

bool privileges_drop_all_but(unsigned capability, struct mishap *mishap)
{
	struct __user_cap_data_struct data[2] = {0};
	if (capability_held(capability))
		data[capability / 32].effective = data[capability / 32].permitted = 1u << (capability % 32);
	return privileges_keep(data, mishap);
}
