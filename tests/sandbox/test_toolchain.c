/* Compilers and runtimes inside a box. */
#include "stage.h"

#include "sandbox/toolchain.h"

static void entry_make(const char *base, const char *path, const char *content)
{
	char command[1024];
	snprintf(command, sizeof(command), "mkdir -p \"$(dirname %s/%s)\"", base, path);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "%s/%s", base, path);
	assert_true(file_write_atomically(command, content, strlen(content), 0755));
}

static char *base_make(char *base)
{
	assert_non_null(mkdtemp(base));
	return base;
}

static void find_in(struct toolchains *found, const char *base, const char *path)
{
	char home[256], search[512];
	snprintf(home, sizeof(home), "%s/home", base);
	snprintf(search, sizeof(search), "%s/%s:/usr/bin", base, path);
	toolchains_find(found, search, home);
}

static void expect_root(const struct toolchains *found, const char *base, const char *root)
{
	char expected[512], path[600];
	assert_int_equal(found->count, 1);
	snprintf(expected, sizeof(expected), "%s/%s", base, root);
	assert_string_equal(found->roots[0], expected);
	snprintf(path, sizeof(path), "%s/bin:/usr/bin:", expected);
	assert_int_equal(strncmp(found->path, path, strlen(path)), 0);
}

static void an_installation_is_known_by_what_is_in_it(void **state)
{
	(void)state;
	char base[] = "/tmp/grader-tools-XXXXXX";
	struct toolchains found;
	entry_make(base_make(base), "home/.nvm/versions/node/v18/bin/node", "");
	entry_make(base, "home/.nvm/versions/node/v18/include/node/node.h", "");
	find_in(&found, base, "home/.nvm/versions/node/v18/bin");
	expect_root(&found, base, "home/.nvm/versions/node/v18");
	folder_remove(base);
}

static void a_folder_of_the_path_alone_is_not_shown(void **state)
{
	(void)state;
	char base[] = "/tmp/grader-tools-XXXXXX";
	struct toolchains found;
	entry_make(base_make(base), "course/bin/python3", "");
	entry_make(base, "course/specs/hidden.yaml", "");
	find_in(&found, base, "course/bin");
	assert_int_equal(found.count, 0);
	assert_null(strstr(found.path, base));
	folder_remove(base);
}

static void the_home_folder_is_never_an_installation(void **state)
{
	(void)state;
	char base[] = "/tmp/grader-tools-XXXXXX";
	struct toolchains found;
	entry_make(base_make(base), "home/bin/python3", "");
	entry_make(base, "home/lib/python3.11/os.py", "");
	find_in(&found, base, "home/bin");
	assert_int_equal(found.count, 0);
	folder_remove(base);
}

static void pyenvs_chosen_version_is_taken(void **state)
{
	(void)state;
	char base[] = "/tmp/grader-tools-XXXXXX";
	struct toolchains found;
	const char *kept = getenv("PYENV_VERSION");
	assert_null(kept);
	entry_make(base_make(base), "home/.pyenv/shims/python3", "#!/bin/sh\n");
	entry_make(base, "home/.pyenv/version", "3.12.1\n");
	entry_make(base, "home/.pyenv/versions/3.12.1/bin/python3", "");
	entry_make(base, "home/.pyenv/versions/3.12.1/lib/python3.12/os.py", "");
	find_in(&found, base, "home/.pyenv/shims");
	expect_root(&found, base, "home/.pyenv/versions/3.12.1");
	folder_remove(base);
}

static void rustups_default_toolchain_is_taken(void **state)
{
	(void)state;
	char base[] = "/tmp/grader-tools-XXXXXX", home[64];
	struct toolchains found;
	base_make(base);
	snprintf(home, sizeof(home), "%s/home/.rustup", base);
	setenv("RUSTUP_HOME", home, 1);
	entry_make(base, "home/.cargo/bin/rustup", "");
	entry_make(base, "home/.cargo/credentials.toml", "");
	entry_make(base, "home/.rustup/settings.toml", "version = \"12\"\ndefault_toolchain = \"stable-x\"\n[overrides]\n");
	entry_make(base, "home/.rustup/toolchains/stable-x/lib/rustlib/x/lib/a", "");
	entry_make(base, "home/.rustup/toolchains/stable-x/bin/rustc", "");
	char link[128];
	snprintf(link, sizeof(link), "%s/home/.cargo/bin/rustc", base);
	assert_int_equal(symlink("rustup", link), 0);
	find_in(&found, base, "home/.cargo/bin");
	expect_root(&found, base, "home/.rustup/toolchains/stable-x");
	unsetenv("RUSTUP_HOME");
	folder_remove(base);
}

static void the_standard_path_is_always_there(void **state)
{
	(void)state;
	struct toolchains found;
	toolchains_find(&found, NULL, NULL);
	assert_string_equal(found.path, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	toolchains_find(&found, ".:relative:/bin::", NULL);
	assert_string_equal(found.path, "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin");
}

/* Each language: the tool it takes, and what prints "ok" with it. */
static const struct language {
	const char *tool, *command;
} languages[] = {
	{"gcc", "echo 'int puts(const char *); int main(void) { puts(\"ok\"); }' >a.c && gcc a.c -o a && ./a"},
	{"g++", "echo '#include <iostream>\nint main() { std::cout << std::endl; }' >a.cc && g++ a.cc -o a && "
            "./a >/dev/null && echo ok"},
	{"python3", "python3 -c 'import multiprocessing, socket, ssl\nprint(\"ok\")'"},
	{"node", "node -e 'console.log(\"ok\")'"},
	{"java", "echo 'class A { public static void main(String[] a) { System.out.println(\"ok\"); } }' >A.java && "
             "java A.java"},
	{"go", "printf 'package main\\nfunc main() { println(\"ok\") }\\n' >a.go && go build a.go 2>&1 && ./a 2>&1"},
	{"rustc", "echo 'fn main() { println!(\"ok\"); }' >a.rs && rustc a.rs && ./a"},
	{"perl", "perl -MSocket -e 'print \"ok\\n\"'"},
};

static void languages_run(enum rung worst)
{
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
		char question[64];
		struct scene scene = {.command = languages[i].command,
		                      .watch = WATCH_NOTHING,
		                      .limits = {.memory_bytes = UINT64_C(4) << 30, .file_bytes = 256 << 20}};
		snprintf(question, sizeof(question), "command -v %s >/dev/null", languages[i].tool);
		if (system(question) != 0)
			print_message("passed over: there is no %s here\n", languages[i].tool);
		else
			scene_expect_at(worst, &scene, "ok\n");
	}
}

static void every_language_runs(void **state)
{
	(void)state;
	if (geteuid() != 0 || host_has_namespaces())
		languages_run(RUNG_A);
}

static void every_language_runs_without_namespaces(void **state)
{
	(void)state;
	if (geteuid() != 0) /* as root the other user may not enter root's home, where toolchains may lie */
		languages_run(RUNG_D);
}

static void sanitizers_find_nothing_in_a_sound_program(void **state)
{
	(void)state;
	shell_expect("echo '#include <stdlib.h>\nint main(void) { return malloc(9) == NULL; }' >a.c && "
	             "gcc -fsanitize=address,undefined a.c -o a && ./a && gcc -fsanitize=leak a.c -o a && ./a && "
	             "gcc -fsanitize=thread a.c -o a && ./a && echo ok",
	             "ok\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_installation_is_known_by_what_is_in_it),
		cmocka_unit_test(a_folder_of_the_path_alone_is_not_shown),
		cmocka_unit_test(the_home_folder_is_never_an_installation),
		cmocka_unit_test(pyenvs_chosen_version_is_taken),
		cmocka_unit_test(rustups_default_toolchain_is_taken),
		cmocka_unit_test(the_standard_path_is_always_there),
		cmocka_unit_test(every_language_runs),
		cmocka_unit_test(every_language_runs_without_namespaces),
		cmocka_unit_test(sanitizers_find_nothing_in_a_sound_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
