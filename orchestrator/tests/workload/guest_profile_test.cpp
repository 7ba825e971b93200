// SPDX-License-Identifier: GPL-3.0-or-later
// What the guest's runner makes of addresses: its tables of symbols and of samples, compiled for this host.
#include "tests/workload/support.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace fs = std::filesystem;
using namespace klab;
using namespace klab::testing;

namespace {

// main() looks up every address it is given; between two of them "-" asks for a reload where one is due.
constexpr std::string_view lookup = R"(
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "symbols.h"
#include "tally.h"
static struct symbols table;
static struct tally tally;
int main(int argc, char **argv)
{
	char reason[256];

	if (!symbols_read(&table, "kallsyms", "modules", reason, sizeof(reason))) {
		puts(reason);
		return 0;
	}
	for (int i = 1; i < argc; i++) {
		struct symbol *found;

		if (!strcmp(argv[i], "-")) {
			rename("modules2", "modules");
			printf("%s\n", symbols_are_old(&table, "modules") ? "old" : "good");
			continue;
		}
		found = symbols_find(&table, strtoull(argv[i], NULL, 16));
		if (!found)
			puts("none");
		else
			printf("%s [%s]%s\n", found->name, found->module, found->idle ? " idle" : "");
		if (found)
			tally_add(&tally, found->name, found->module, 2);
	}
	tally_add(&tally, "never", "", 0);
	tally_add(&tally, "hot", "m", 9);
	for (int i = 0; i < TALLY_LIMIT; i++) {
		char name[32];

		snprintf(name, sizeof(name), "f%d", i);
		tally_add(&tally, name, "", 1);
	}
	const size_t used = tally_sort(&tally);

	printf("%zu %llu %s %llu %s\n", used, tally.other, tally.entries[0].name, tally.entries[0].samples,
	       tally.entries[1].name);
	return 0;
}
)";

struct Lookup {
  Lookup() {
    put(folder.path() / "main.c", lookup);
    const fs::path sources = fs::path(KLAB_SOURCE_ROOT) / "images/runner";
    ProcessSpec spec;
    spec.argv = {"gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
                 "-I" + sources.string(), "-o", (folder.path() / "lookup").string(), (folder.path() / "main.c").string(),
                 (sources / "symbols.c").string(), (sources / "tally.c").string()};
    const auto compiled = run_process_blocking(spec).value();
    INFO(compiled.err);
    REQUIRE(compiled.ok());
  }
  std::vector<std::string> find(std::vector<std::string> addresses) {
    ProcessSpec spec;
    spec.argv = {"sh", "-c", "cd \"$0\" && export ASAN_OPTIONS=detect_leaks=0 && exec ./lookup \"$@\"", folder.path().string()};
    for (auto& address : addresses) spec.argv.push_back(std::move(address));
    const auto ran = run_process_blocking(spec).value();
    INFO(ran.err);
    REQUIRE(ran.ok());
    return split_lines(ran.out);
  }
  TemporaryDirectory folder = scratch();
};

}  // namespace

TEST_CASE("guest profile: addresses become functions, of modules too; what is near none has no name") {
  Lookup guest;
  put(guest.folder.path() / "kallsyms",
      "ffffffff81000000 T _stext\nffffffff81000100 T __spin\nffffffff81000100 t spin_local\nffffffff81000100 T spin\n"
      "ffffffff81000200 D some_data\nffffffff81000300 t default_idle\nnonsense\n"
      "ffffffffc0001000 t work\t[klab_w]\nffffffffc0001080 t more\t[klab_w]\n");
  put(guest.folder.path() / "modules", "klab_w 16384 0 - Live 0xffffffffc0001000 (O)\n");
  put(guest.folder.path() / "modules2",
      "klab_w 16384 1 - Live 0xffffffffc0001000 (O)\nklab_x 4096 0 - Live 0xffffffffc0009000 (O)\n");
  CHECK(guest.find({"ffffffff81000000", "ffffffff810001ff", "ffffffff81000250", "ffffffff81000310", "ffffffffc0001004",
                    "ffffffffc0001080", "ffffffffc0101080", "1000", "-"}) ==
        std::vector<std::string>{"_stext []", "spin []", "spin []", "default_idle [] idle", "work [klab_w]", "more [klab_w]",
                                 "none", "none", "old", "4096 4102 hot 9 spin"});
}

TEST_CASE("guest profile: a module that went is no reason to read the table again") {
  Lookup guest;
  put(guest.folder.path() / "kallsyms", "ffffffff81000000 T a\nffffffff81000100 T b\n");
  put(guest.folder.path() / "modules", "one 1 0 - Live 0x1 (O)\ntwo 1 0 - Live 0x2 (O)\n");
  put(guest.folder.path() / "modules2", "two 1 9 - Live 0x2 (O)\n");
  CHECK(guest.find({"-"}).at(0) == "good");
}

TEST_CASE("guest profile: a kernel that hides its addresses, or has no names, cannot be resolved") {
  Lookup guest;
  CHECK(guest.find({}).at(0) ==
        "cannot read \"kallsyms\": No such file or directory; the kernel needs CONFIG_KALLSYMS");
  put(guest.folder.path() / "kallsyms", "0000000000000000 T a\n0000000000000000 T b\n");
  CHECK(guest.find({}).at(0) == "\"kallsyms\" tells no addresses");
}
