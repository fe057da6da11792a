#include "sandbox/landlock.h"

#include "base/fd.h"
#include "sandbox/box_state.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* struct landlock_ruleset_attr as of version 6; older kernels take the front of it. */
struct ruleset {
	uint64_t files, network, scoped;
};

enum { VERSION_REFER = 2, VERSION_TRUNCATE = 3, VERSION_SCOPES = 6 };
enum { RIGHT_REFER = 1 << 13, RIGHT_TRUNCATE = 1 << 14, SCOPE_ABSTRACT_SOCKET = 1, SCOPE_SIGNAL = 2 };

#define RIGHTS_READ (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_FILE                                                                                                    \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE)
/* All of version 1: bits 0 to 12. */
#define RIGHTS_ALL ((uint64_t)0x1fff)

int landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	return version > 0 ? (int)version : 0;
}

/* What is not there, or not to be entered by this user, needs no rule. */
static bool rule_add(int rules, const char *path, uint64_t rights, struct mishap *mishap)
{
	FD_AUTO fd = open(path, O_PATH | O_CLOEXEC);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0)
		return true;
	if (!S_ISDIR(info.st_mode))
		rights &= RIGHTS_FILE;
	struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return mishap_errno(mishap, "landlock_add_rule %.150s", path);
	return true;
}

static bool rules_add(int rules, const struct box *box, uint64_t all, struct mishap *mishap)
{
	static const char *const read[] = {"/usr",           "/bin",      "/sbin", "/lib",  "/lib32",
	                                   "/lib64",         "/libx32",   "/etc",  "/proc", "/sys/devices/system/cpu",
	                                   "/sys/fs/cgroup", "/nix/store"};
	static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
	const struct toolchains *toolchains = &box->post->site->toolchains;
	for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
		if (!rule_add(rules, read[i], RIGHTS_READ, mishap))
			return false;
	for (size_t i = 0; i < toolchains->count; i++)
		if (!rule_add(rules, toolchains->roots[i], RIGHTS_READ, mishap))
			return false;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (!rule_add(rules, devices[i], all & RIGHTS_FILE, mishap))
			return false;
	return rule_add(rules, box->folder, all, mishap) && rule_add(rules, box->home, all, mishap);
}

bool landlock_restrict(const struct box *box, struct mishap *mishap)
{
	int version = landlock_version();
	if (version == 0)
		return true;
	struct ruleset ruleset = {.files = RIGHTS_ALL};
	ruleset.files |= version >= VERSION_REFER ? RIGHT_REFER : 0;
	ruleset.files |= version >= VERSION_TRUNCATE ? RIGHT_TRUNCATE : 0;
	ruleset.scoped = version >= VERSION_SCOPES ? SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL : 0;
	size_t size = version >= VERSION_SCOPES ? sizeof(ruleset) : sizeof(ruleset.files);
	FD_AUTO rules = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
	if (rules < 0)
		return mishap_errno(mishap, "landlock_create_ruleset");
	if (!rules_add(rules, box, ruleset.files, mishap))
		return false;
	if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		return mishap_errno(mishap, "landlock_restrict_self");
	return true;
}
