// SPDX-License-Identifier: GPL-2.0-or-later
/* Built with WITH_DEMANGLE. */
#include "symbols_kit.h"

#include <time.h>

#include "symbolize/demangle.h"

static struct ember_strings strings;

static int setup(void **state)
{
	memset(&strings, 0, sizeof(strings));
	return kit_setup(state);
}

static int teardown(void **state)
{
	ember_strings_free(&strings);
	return kit_teardown(state);
}

static void test_rust(void **state)
{
	static const char *const names[][2] = {
		{ "_ZN4core3fmt9Formatter9write_str17h0123456789abcdefE",
		  "core::fmt::Formatter::write_str" },
		{ "_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$"
		  "3bar17h930b740aa94f1d3aE",
		  "<Test + 'static as foo::Bar<Test>>::bar" },
		{ "_RNvC7mycrate3foo", "mycrate::foo" },
		{ "_RNvCs1234_7mycrate3foo", "mycrate::foo" },
		{ "_RINvNtC3std3mem8align_ofdE", "std::mem::align_of::<f64>" },
		{ "_RNCNvC7mycrate4main0", "mycrate::main::{closure#0}" },
		{ "_RINvC1a1bFG_RL0_hEuE", "a::b::<for<'a> fn(&'a u8)>" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_string_equal(ember_demangle(&strings, names[i][0]), names[i][1]);
}

static void test_left_alone(void **state)
{
	static const char *const names[] = {
		"main",
		"",
		"_",
		"_Z",
		"_R",
		"_Zfoo",
		"_Z1",
		"_RNvC",
		"__libc_start_main",
		"_ZN3foo",
		"_Rust_not",
		"$_Z1fv",
		"_start",
		/* Bound to 900 million lifetimes, which nobody would see. */
		"_RC3s_RIC0FGFNuFF_",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_string_equal(ember_demangle(&strings, names[i]), names[i]);
}

static const char program[] =
	"#include <map>\n#include <string>\n#include <vector>\n#include <functional>\n"
	"namespace zoo {\n"
	"template<class T> struct Cage {\n"
	"	__attribute__((noinline)) T feed(T a, const char *) { return a * 3; }\n"
	"	operator bool() const; };\n"
	"template<class T> __attribute__((noinline)) Cage<T>::operator bool() const { return this; }\n"
	"struct Bear { Bear(int); ~Bear(); int operator()(int) const; int y; };\n"
	"Bear::Bear(int z) : y(z) {}\nBear::~Bear() {}\n"
	"int Bear::operator()(int x) const { return x + y; }\n"
	"namespace { __attribute__((noinline)) int rest(int k) { return k - 1; } }\n"
	"int go(int k, std::function<int(int)> f) { return rest(k) + f(k); }\n"
	"}\n"
	"template struct zoo::Cage<int>;\n"
	"template struct zoo::Cage<unsigned long long>;\n"
	"int main(int c, char **v) {\n"
	"	std::map<std::string, std::vector<int>> m;\n"
	"	m[v[0]].push_back(c);\n"
	"	zoo::Cage<int> a; zoo::Bear b(c);\n"
	"	return a.feed(c, *v) + b(c) + zoo::go(c, [&](int x) { return x + c; }) + m.size();\n"
	"}\n";

/* libstdc++ has another demangler: what it makes of the names of a real program. */
static const char other[] =
	"#include <cxxabi.h>\n#include <cstdio>\n#include <cstring>\n"
	"int main() { char n[65536]; while (fgets(n, sizeof(n), stdin)) {\n"
	"	n[strcspn(n, \"\\n\")] = 0; int e; char *p = abi::__cxa_demangle(n, 0, 0, &e);\n"
	"	printf(\"%s\\n%s\\n\", n, e ? n : p); } }\n";

/* Both leave blanks and integers' suffixes as they like. */
static void squeeze(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (*text != ' ' && *text != '\n')
			*to++ = *text;
	*to = 0;
}

static void test_cplusplus(void **state)
{
	struct ember_symbols *symbols;
	char mangled[65536], plain[65536], ours[65536];
	const struct kit_symbol *s;
	struct ember_place place;
	struct ember_name name;
	size_t compared = 0;
	struct kit_binary b;
	struct kit_table t;
	FILE *pipe;

	(void)state;
	kit_write("p.cc", program);
	kit_write("o.cc", other);
	kit_run("g++ -O0 -Wl,--build-id p.cc -o p && g++ o.cc -o o");
	pipe = kit_pipe("cd %s && nm p | sed -n 's/.* [tTwW] \\(_Z\\)/\\1/p' | ./o", kit_dir);
	while (fgets(mangled, sizeof(mangled), pipe) && fgets(plain, sizeof(plain), pipe)) {
		mangled[strcspn(mangled, "\n")] = 0;
		snprintf(ours, sizeof(ours), "%s", ember_demangle(&strings, mangled));
		squeeze(ours);
		squeeze(plain);
		assert_string_equal(ours, plain);
		compared++;
	}
	pclose(pipe);
	print_message("%zu names as libstdc++ has them\n", compared);
	assert_true(compared > 100);

	/* And through the cache. */
	symbols = ember_symbols_new();
	kit_binary(&b, kit_path("p"));
	kit_table(&t, NULL, kit_path("p"));
	s = kit_find(&t, "_ZN3zoo4CageIiE4feedEiPKc");
	kit_place(&b, s->start, false, &place);
	ember_symbols_user(symbols, &place, &name);
	assert_string_equal(name.name, "zoo::Cage<int>::feed(int, char const*)");
	assert_string_equal(name.linkage, s->name);
	s = kit_find(&t, "main");
	kit_place(&b, s->start, false, &place);
	ember_symbols_user(symbols, &place, &name);
	assert_string_equal(name.name, "main");
	assert_string_equal(name.linkage, "main");
	ember_symbols_free(symbols);
	kit_binary_free(&b);
	free(t.symbol);
}

/* Each parameter is made of two of the one before: 2^60 characters in 800. */
static void test_explosion(void **state)
{
	char name[2048] = "_Z1f1A1BIS_S_E";
	struct timespec a, b;
	unsigned int i;
	size_t n = strlen(name);

	(void)state;
	for (i = 1; i < 60; i++) {
		static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
		char number[3] = { i < 36 ? digits[i] : '1', i < 36 ? 0 : digits[i - 36], 0 };

		n += sprintf(name + n, "S0_IS%s_S%s_E", number, number);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	assert_string_equal(ember_demangle(&strings, name), name);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	assert_true(b.tv_sec - a.tv_sec < 2);
	/* A few of them are names as any other. */
	name[strlen("_Z1f1A1BIS_S_ES0_IS1_S1_E")] = 0;
	assert_string_equal(ember_demangle(&strings, name),
			    "f(A, B<A, A>, B<B<A, A>, B<A, A> >)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rust),
		cmocka_unit_test(test_left_alone),
		cmocka_unit_test(test_cplusplus),
		cmocka_unit_test(test_explosion),
	};

	return cmocka_run_group_tests_name("demangle", tests, setup, teardown);
}
