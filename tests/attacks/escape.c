/* Tries to get out of the box: privileges, namespaces, mounts, devices, parts of the kernel, the network. */
#include "attack.h"

#include <arpa/inet.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <time.h>

static void call_try(const char *name, long number)
{
	errno = 0;
	attempt(name, syscall(number, 0, 0, 0, 0, 0, 0) >= 0 || (errno != EPERM && errno != ENOSYS && errno != EACCES));
}

static void namespaces_try(void)
{
	static const struct {
		const char *name;
		int flag;
	} flags[] = {{"NEWUSER", CLONE_NEWUSER}, {"NEWNS", CLONE_NEWNS},         {"NEWNET", CLONE_NEWNET},
	             {"NEWPID", CLONE_NEWPID},   {"NEWCGROUP", CLONE_NEWCGROUP}, {"UNTRACED", CLONE_UNTRACED}};
	char name[64];
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		snprintf(name, sizeof(name), "clone with %s", flags[i].name);
		long child = syscall(SYS_clone, flags[i].flag | SIGCHLD, 0, 0, 0, 0);
		if (child == 0)
			_exit(0);
		attempt(name, child >= 0);
		snprintf(name, sizeof(name), "unshare of %s", flags[i].name);
		if (flags[i].flag != CLONE_UNTRACED)
			attempt(name, unshare(flags[i].flag) == 0);
	}
	struct {
		unsigned long long flags, rest[10];
	} arguments = {.flags = CLONE_NEWUSER};
	long child = syscall(SYS_clone3, &arguments, 64);
	if (child == 0)
		_exit(0);
	attempt("clone3", child >= 0);
	attempt("setns", syscall(SYS_setns, open("/proc/1/ns/mnt", O_RDONLY), 0) == 0);
}

static void mounts_try(void)
{
	attempt("mount", mount("tmpfs", "/tmp", "tmpfs", 0, NULL) == 0);
	attempt("remount", mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL) == 0);
	attempt("umount", umount2("/tmp", MNT_DETACH) == 0);
	attempt("umount of /box", umount2("/box", MNT_DETACH) == 0);
	attempt("umount of /proc", umount2("/proc", MNT_DETACH) == 0);
	attempt("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp") == 0);
	attempt("chroot", chroot("/tmp") == 0);
	attempt("mknod", mknod("disk", S_IFBLK | 0666, makedev(254, 0)) == 0);
	call_try("fsopen", SYS_fsopen);
	call_try("open_tree", SYS_open_tree);
	call_try("mount_setattr", SYS_mount_setattr);
	call_try("open_by_handle_at", SYS_open_by_handle_at);
	attempt("a way above the root", chdir("/") == 0 && chdir("../../../..") == 0 && access("/lost+found", F_OK) == 0);
}

static void privileges_try(void)
{
	attempt("setuid 0", setuid(0) == 0);
	attempt("setgroups", setgroups(0, NULL) == 0);
	attempt("a higher priority", setpriority(PRIO_PROCESS, 0, -5) == 0);
	struct sched_param parameter = {.sched_priority = 10};
	attempt("SCHED_FIFO", sched_setscheduler(0, SCHED_FIFO, &parameter) == 0);
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);
	attempt("a lower oom_score_adj", fd >= 0 && write(fd, "-900", 4) == 4);
	struct rlimit limit;
	getrlimit(RLIMIT_NPROC, &limit);
	limit.rlim_cur = limit.rlim_max = limit.rlim_max + 1000;
	attempt("a higher limit", setrlimit(RLIMIT_NPROC, &limit) == 0);
	struct timespec now = {1, 0};
	attempt("the clock", clock_settime(CLOCK_REALTIME, &now) == 0);
	attempt("the host's name", sethostname("x", 1) == 0);
	attempt("a seccomp filter", prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
	attempt("undumpable", prctl(PR_SET_DUMPABLE, 0) == 0);
}

static void kernel_try(void)
{
	char parameters[256] = {0};
	attempt("io_uring", syscall(SYS_io_uring_setup, 4, parameters) >= 0);
	call_try("bpf", SYS_bpf);
	call_try("userfaultfd", SYS_userfaultfd);
	call_try("kexec_load", SYS_kexec_load);
	call_try("init_module", SYS_init_module);
	call_try("finit_module", SYS_finit_module);
	call_try("fanotify_init", SYS_fanotify_init);
	call_try("quotactl", SYS_quotactl);
	call_try("swapon", SYS_swapon);
	call_try("reboot", SYS_reboot);
	call_try("vhangup", SYS_vhangup);
	call_try("acct", SYS_acct);
	call_try("memfd_secret, unseen", SYS_memfd_secret);
	call_try("preadv2, unseen", SYS_preadv2);
	call_try("io_submit, unseen", SYS_io_setup);
#ifdef SYS_iopl
	call_try("iopl", SYS_iopl);
#endif
	attempt("TIOCSTI", ioctl(0, 0x5412, "x") == 0);
}

static void devices_try(void)
{
	static const char *const paths[] = {"/dev/kvm",           "/dev/fuse",   "/dev/ptmx",
	                                    "/dev/net/tun",       "/dev/vda",    "/dev/mem",
	                                    "/dev/kmsg",          "/dev/tty",    "/dev/loop0",
	                                    "/sys/fs/cgroup",     "/sys/kernel", "/proc/sys/kernel/core_pattern",
	                                    "/proc/sysrq-trigger"};
	static const char *const targets[] = {"/x", "/usr/x", "/etc/ld.so.preload", "/etc/passwd", "/dev/x", "/bin/sh"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		attempt(paths[i], open(paths[i], O_RDONLY | O_NONBLOCK) >= 0);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		attempt(targets[i], open(targets[i], O_WRONLY | O_CREAT, 0644) >= 0);
}

static void network_try(void)
{
	static const char *const addresses[] = {"198.51.100.1", "169.254.169.254", "10.0.0.1", "8.8.8.8"};
	char name[64];
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
		inet_pton(AF_INET, addresses[i], &to.sin_addr);
		snprintf(name, sizeof(name), "a route to %s", addresses[i]);
		attempt(name, connect(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&to, sizeof(to)) == 0);
	}
	attempt("AF_PACKET", socket(AF_PACKET, SOCK_RAW, 0) >= 0);
	attempt("SOCK_RAW", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0);
	attempt("AF_VSOCK", socket(40, SOCK_STREAM, 0) >= 0);
	attempt("AF_ALG", socket(38, SOCK_SEQPACKET, 0) >= 0);
	attempt("AF_BLUETOOTH", socket(31, SOCK_RAW, 1) >= 0);
	attempt("NETLINK_AUDIT", socket(AF_NETLINK, SOCK_RAW, 9) >= 0);
	attempt("MPTCP", socket(AF_INET, SOCK_STREAM, 262) >= 0);
	/* The same with bits above those that the kernel looks at. */
	attempt("AF_VSOCK with high bits", syscall(SYS_socket, 40L | 1L << 32, SOCK_STREAM, 0) >= 0);
}

int main(void)
{
	namespaces_try();
	mounts_try();
	privileges_try();
	kernel_try();
	devices_try();
	network_try();
	return attacks_done();
}
