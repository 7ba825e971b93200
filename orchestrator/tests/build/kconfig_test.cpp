// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/kconfig.hpp"

#include "tests/build/support.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

Kconfig over_tiny(std::vector<KconfigFragment> fragments) { return {"tinyconfig", std::move(fragments)}; }

std::string all(const std::vector<UnmetSymbol>& unmet) {
  std::string text;
  for (const UnmetSymbol& symbol : unmet) text += symbol.request.symbol + "=" + symbol.got + " ";
  return text;
}

}  // namespace

TEST_CASE("the last fragment that names a symbol decides") {
  auto requests = requested_symbols(over_tiny({{"one", "# why\nCONFIG_SMP=y\nCONFIG_NR_CPUS=8\n\n"},
                                               {"two", "# CONFIG_SMP is not set\nCONFIG_NAME=\"a b\"\n"}}));
  REQUIRE(requests);
  REQUIRE(requests->size() == 3);
  CHECK((*requests)[0].symbol == "SMP");
  CHECK((*requests)[0].value == "n");
  CHECK((*requests)[0].fragment == "two");
  CHECK((*requests)[0].line == 1);
  CHECK((*requests)[1].value == "8");
  CHECK((*requests)[2].value == "\"a b\"");
}

TEST_CASE("a fragment's unreadable line is named") {
  for (const char* line :
       {"CONFIG_SMP", "SMP=y", "CONFIG_SMP = y", "CONFIG_SMP=yes", "include x", "CONFIG_A-B=y"}) {
    auto requests = requested_symbols(over_tiny({{"lab", std::string("# why\n\n") + line + "\n"}}));
    REQUIRE_FALSE(requests);
    CHECK(requests.error().kind == ErrorKind::input);
    CHECK(requests.error().message ==
          "cannot read kconfig \"lab\", line 3: \"" + std::string(line) + "\" is not CONFIG_NAME=value");
  }
}

TEST_CASE("a base is a configuration target and nothing else") {
  for (const char* base : {"tinyconfig", "defconfig", "x86_64_defconfig"})
    CHECK(requested_symbols({base, {}}));
  for (const char* base : {"", "clean", "SHELL=/x tinyconfig", "-f/x/config", "a/config"}) {
    auto requests = requested_symbols({base, {}});
    REQUIRE_FALSE(requests);
    CHECK(requests.error().message == "cannot configure: base \"" + std::string(base) +
                                          "\" is no configuration target such as tinyconfig or defconfig");
  }
}

TEST_CASE("requests are compared with the final configuration, absence included") {
  auto requests =
      requested_symbols(over_tiny({{"f",
                                    "CONFIG_A=y\nCONFIG_B=m\nCONFIG_C=n\nCONFIG_D=n\nCONFIG_E=0xFF\n"
                                    "CONFIG_F=\"x\"\nCONFIG_G=5\nCONFIG_H=y\n"}}));
  REQUIRE(requests);
  CHECK(all(unmet_symbols(*requests,
                          "CONFIG_A=y\nCONFIG_B=m\nCONFIG_E=0xff\nCONFIG_F=\"x\"\nCONFIG_G=5\nCONFIG_H=y\n"))
            .empty());
  CHECK(all(unmet_symbols(
            *requests,
            "# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_C=y\nCONFIG_E=0xfe\nCONFIG_F=\"y\"\nCONFIG_G=6\n")) ==
        "A=n B=y C=y E=0xfe F=\"y\" G=6 H=n ");
}

TEST_CASE("an unmet symbol is an error of the input that says why") {
  const UnmetSymbol one{{"NO_HZ_FULL", "y", "lab", 3}, "n"};
  const UnmetSymbol two{{"NR_CPUS", "9999", "lab", 4}, "64"};
  auto single = unmet_error({one}, "NO_HZ_FULL\tunmet: HAVE_CONTEXT_TRACKING_USER (n)\n");
  CHECK(single.kind == ErrorKind::input);
  CHECK(single.message ==
        "cannot configure \"NO_HZ_FULL\" (kconfig lab): asked for y, got n; unmet: "
        "HAVE_CONTEXT_TRACKING_USER (n)");
  CHECK(single.tail.empty());
  auto several = unmet_error({one, two}, "NR_CPUS\tits range is 2 to 512\n");
  CHECK(several.message == "cannot configure \"NO_HZ_FULL\" (kconfig lab): asked for y, got n (and 1 more)");
  CHECK(several.tail ==
        "\"NO_HZ_FULL\" (kconfig lab): asked for y, got n\n"
        "\"NR_CPUS\" (kconfig lab): asked for 9999, got 64; its range is 2 to 512");
}

TEST_CASE("a tree cannot make a message without end") {
  const std::string endless(1u << 20, 'x');
  const auto error = unmet_error({{{"NAME", "\"a\"", "lab", 3}, endless}}, "NAME\t" + endless + "\n");
  CHECK(error.message == "cannot configure \"NAME\" (kconfig lab): asked for \"a\", got " + endless.substr(0, 1000) + "...; " +
                             endless.substr(0, 1000) + "...");
}

TEST_CASE("the tree's Kconfig is asked for the reason") {
  auto directory = scratch();
  write(directory.path() / "Makefile", "kernelversion:\n\t@echo 9.9\n");
  write(directory.path() / "Kconfig", R"(
config MODULES
	bool "modules"
	modules
config BUS
	bool "bus"
config NUMBER
	int "number"
	range 2 64
	default 2
if BUS
config DRIVER
	tristate "driver"
	depends on MODULES && (NUMBER > 5)
endif
config HIDDEN
	bool
config CHOSEN
	bool "chosen"
	select FORCED
config FORCED
	bool "forced"
choice
	prompt "one of"
config LEFT
	bool "left"
config RIGHT
	bool "right"
endchoice
)");
  write(directory.path() / ".config", "CONFIG_NUMBER=2\nCONFIG_CHOSEN=y\nCONFIG_FORCED=y\nCONFIG_LEFT=y\n");
  ProcessSpec spec;
  spec.argv = {"/usr/bin/python3", "-I", "-c", kExplainScript};
  spec.working_directory = directory.path();
  spec.environment = std::vector<std::string>{"PATH=/usr/bin:/bin"};
  spec.standard_input = "DRIVER\tm\nNOSUCH\ty\nHIDDEN\ty\nFORCED\tn\nRIGHT\ty\nNUMBER\t99\nBUS\tm\n";
  auto ended = run_process_blocking(std::move(spec));
  REQUIRE(ended);
  INFO(ended->err);
  CHECK(ended->out ==
        "DRIVER\tunmet: MODULES (n), NUMBER > 5, BUS (n)\n"
        "NOSUCH\tthis tree has no such symbol\n"
        "HIDDEN\tit has no prompt; only other symbols set it\n"
        "FORCED\tselected by CHOSEN\n"
        "RIGHT\tthe choice it belongs to is taken by LEFT\n"
        "NUMBER\tits range is 2 to 64\n"
        "BUS\tit is y or n, not m\n");
}

TEST_CASE("only paths that Kconfig can see make a new configuration necessary") {
  for (const char* path :
       {"init/Kconfig", "kernel/Kconfig.preempt", "scripts/gcc-version.sh", "Makefile",
        "kernel/configs/tiny.config", "arch/x86/Makefile", "arch/x86/configs/x86_64_defconfig"})
    CHECK(affects_configuration(path));
  for (const char* path :
       {"kernel/workqueue.c", "kernel/Makefile", "include/linux/kconfig.h", "Documentation/x.rst"})
    CHECK_FALSE(affects_configuration(path));
}
