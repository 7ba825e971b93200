// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/config.hpp"

#include <catch2/catch.hpp>

#include "config/experiment_file.hpp"
#include "util/file.hpp"

using namespace klab;

namespace {

ConfigEnvironment environment() {
  ConfigEnvironment e;
  e.home = "/home/u";
  e.share = "/share";
  return e;
}

std::string error_of(std::string_view text) {
  const auto config = parse_config(text, "klab.toml", environment());
  REQUIRE(config.has_error());
  CHECK(config.error().kind == ErrorKind::input);
  return config.error().message;
}

std::string experiment_error(std::string_view text) {
  const auto file = parse_experiment_file(text, "e.toml");
  REQUIRE(file.has_error());
  return file.error().message;
}

}  // namespace

TEST_CASE("config: an empty file gives the built-in values") {
  const auto config = parse_config("", "klab.toml", environment());
  REQUIRE(config.has_value());
  CHECK(config->database() == "/home/u/.local/state/klab/klab.db");
  CHECK(config->cache == "/home/u/.cache/klab");
  CHECK(config->socket == "/home/u/.local/state/klab/klabd.sock");
  CHECK(config->workloads() == "/share/workloads");
  CHECK(config->pages.empty());
  CHECK(config->trees.at("debian").package == "linux-source-6.12");
  CHECK(config->machines.at("vm").vcpus == 8);
  CHECK(config->machines.at("vm").architecture == Architecture::x86_64);
}

TEST_CASE("config: a machine of the other architecture is built in, as wide as the host") {
  auto e = environment();
  const auto arm = [&] { return default_config(e).machines.at("vm-arm64"); };
  CHECK(arm().name == "vm-arm64");
  CHECK(arm().architecture == Architecture::arm64);
  for (const auto& [cpus, vcpus] : {std::pair{1u, 2}, {2u, 2}, {6u, 6}, {64u, 8}}) {
    e.cpus = cpus;
    CHECK(arm().vcpus == vcpus);
    CHECK(arm().cores == vcpus);
  }
  const auto config = parse_config("[machines.vm-arm64]\nmemory = \"2G\"", "klab.toml", e);
  REQUIRE(config.has_value());
  CHECK(config->machines.at("vm-arm64").architecture == Architecture::arm64);
  CHECK(config->machines.at("vm-arm64").memory_mib == 2048);
}

TEST_CASE("config: KVM runs the host's own architecture only") {
  const char* text = "[machines.a]\narchitecture = \"arm64\"\nacceleration = \"kvm\"";
  CHECK(error_of(text) ==
        "cannot use \"klab.toml\": line 3: machines.a.acceleration: cannot be \"kvm\" for architecture = \"arm64\" on "
        "this x86_64 host; give \"auto\" or \"tcg\"");
  auto e = environment();
  e.host = "arm64";
  CHECK(parse_config(text, "klab.toml", e).has_value());
  CHECK(parse_config(std::string(text) + "\nuri = \"qemu+ssh://arm/system\"", "klab.toml", environment()).has_value());
}

TEST_CASE("config: values are laid over the defaults") {
  const auto config = parse_config(R"(
state = "/var/lib/klab"
[daemon]
pages = "127.0.0.1:8080"
access = "nobody"
[defaults]
tree = "mainline"
boots = 7
kconfigs = ["lab", "debug"]
[trees.mainline]
repository = "/src/linux"
ref = "v6.12"
[machines.vm]
vcpus = 4
threads = 2
cores = 2
memory = "2G"
run_limit = 30
vcpu_pins = ["0", "0", "1", "1"]
)",
                                   "klab.toml", environment());
  REQUIRE(config.has_value());
  CHECK(config->socket == "/var/lib/klab/klabd.sock");
  CHECK(config->access == SocketAccess::nobody);
  CHECK(config->defaults.boots == 7);
  CHECK(config->defaults.kconfigs == std::vector<std::string>{"lab", "debug"});
  CHECK(config->trees.at("mainline").repository == "/src/linux");
  CHECK(config->machines.at("vm").memory_mib == 2048);
  CHECK(config->machines.at("vm").run_limit == std::chrono::seconds(30));
  CHECK(config->machines.at("vm").silence_limit == std::chrono::seconds(60));
}

TEST_CASE("config: what a build may use") {
  const auto config =
      parse_config("[build]\njobs = 3\nmemory = \"8G\"\nprocesses = 512\ndisk = \"64G\"\ntime = 60\n", "klab.toml", environment());
  REQUIRE(config.has_value());
  CHECK(config->build.jobs == 3);
  CHECK(config->build.memory == 8ull << 30);
  CHECK(config->build.processes == 512);
  CHECK(config->build.disk == 64ull << 30);
  CHECK(config->build.time == std::chrono::seconds(60));
}

TEST_CASE("config: every error names file, line and key") {
  CHECK(error_of("state = 3") == "cannot use \"klab.toml\": line 1: state: must be a string");
  CHECK(error_of("\n[daemon]\npagse = \"x\"") ==
        "cannot use \"klab.toml\": line 3: daemon.pagse: unknown key; known here: socket, pages, page_hosts, access, "
        "console_limit, results_limit");
  CHECK(error_of("state = \"here\"") == "cannot use \"klab.toml\": line 1: state: must be an absolute path, or one below ~/");
  CHECK(error_of("[defaults]\nboots = 0") ==
        "cannot use \"klab.toml\": line 2: defaults.boots: must be between 1 and 100, not 0");
  CHECK(error_of("[machines.a]\nvcpus = 4\nthreads = 2") ==
        "cannot use \"klab.toml\": line 1: machines.a: sockets x cores x threads is 8, but vcpus is 4");
  CHECK(error_of("[machines.a]\nmemory = \"lots\"") ==
        "cannot use \"klab.toml\": line 2: machines.a.memory: must be a size such as \"512M\" or \"2G\", at least 64M");
  CHECK(error_of("[build]\nmemory = \"1M\"") ==
        "cannot use \"klab.toml\": line 2: build.memory: must be a size such as \"512M\" or \"2G\", at least 512M");
  CHECK(error_of("[build]\ndisk = \"\"") ==
        "cannot use \"klab.toml\": line 2: build.disk: must be a size such as \"512M\" or \"2G\", at least 1024M");
  CHECK(error_of("[build]\nprocesses = -1") ==
        "cannot use \"klab.toml\": line 2: build.processes: must be between 64 and 1048576, not -1");
  CHECK(error_of("[build]\ntime = 0").starts_with("cannot use \"klab.toml\": line 2: build.time: must be between"));
  CHECK(error_of("[machines.a]\nacceleration = \"fast\"") ==
        "cannot use \"klab.toml\": line 2: machines.a.acceleration: must be \"auto\", \"kvm\" or \"tcg\"");
  CHECK(error_of("[trees.x]\nref = \"v1\"") ==
        "cannot use \"klab.toml\": line 1: trees.x: give either package (a Debian source package), repository (a path) or "
        "remote (what git fetches from)");
  CHECK(error_of("[defaults]\nmachine = \"big\"") ==
        "cannot use \"klab.toml\": defaults.machine \"big\" is no machine; add [machines.big]");
  CHECK(error_of("[defaults]\ntree = \"next\"") == "cannot use \"klab.toml\": line 2: defaults.tree: \"next\" is no tree; add [trees.next]");
  for (const char* pages : {"8080", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536"})
    CHECK(error_of(fmt::format("[daemon]\npages = \"{}\"", pages)) ==
          "cannot use \"klab.toml\": line 2: daemon.pages: must be an address and a port, such as \"127.0.0.1:8080\"");
  CHECK(error_of("matrices_directory = \"\"") == "cannot use \"klab.toml\": line 1: matrices_directory: must be a path");
  for (const char* remote : {"linux.git", "../linux"})
    CHECK(error_of(fmt::format("[trees.x]\nremote = \"{}\"\nref = \"master\"", remote)) ==
          "cannot use \"klab.toml\": line 2: trees.x.remote: must be a URL or an absolute path");
  CHECK(error_of("state = ").starts_with("cannot use \"klab.toml\": line 1: "));
}

TEST_CASE("config: the manual page's values are taken, below the home and beside the file") {
  auto e = environment();
  e.home = "/home/ada";
  const auto config = parse_config("state = \"~/.local/state/klab\"\nhosts_directory = \"hosts\"\nmatrices_directory = \"~/m\"\n"
                                   "[trees.x]\nremote = \"git@example.org:linux.git\"\nref = \"master\"",
                                   "/etc/klab/klab.toml", e);
  REQUIRE(config.has_value());
  CHECK(config->state == "/home/ada/.local/state/klab");
  CHECK(config->hosts_directory == "/etc/klab/hosts");
  CHECK(config->matrices_directory == "/home/ada/m");
}

TEST_CASE("config: a relative XDG directory is refused, not followed") {
  auto e = environment();
  e.xdg_state_home = "relative";
  const auto config = parse_config("", "klab.toml", e);
  REQUIRE(config.has_error());
  CHECK(config.error().message == "cannot use \"klab.toml\": line 1: state: must be an absolute path, or one below ~/");
}

TEST_CASE("config: a missing file that was asked for is an error") {
  const auto config = load_config("/nonexistent/klab.toml", environment());
  REQUIRE(config.has_error());
  CHECK(config.error().message == "cannot read \"/nonexistent/klab.toml\": No such file or directory");
}

TEST_CASE("experiment file: arms, contrasts and series") {
  const auto file = parse_experiment_file(R"(
title = "defer"
boots = 6
workloads = ["workqueue:wq_items=100"]
[series.defer]
sources = ["patches/wq-defer-wakeup"]
version = 2
[[arms]]
label = "base"
[[arms]]
label = "half"
series = "defer"
patches = "1-2"
kconfig = []
)",
                                          "e.toml");
  REQUIRE(file.has_error());
  CHECK(file.error().message ==
        "cannot use \"e.toml\": line 14: arms[1].kconfig: unknown key; known here: label, tree, base, series, "
        "patches, kconfig_base, kconfigs, command_line, machine, title, heading");
  const auto good = parse_experiment_file(R"(
boots = 6
profile = true
[series.defer]
sources = ["a", "b"]
version = 2
[[arms]]
label = "base"
[[arms]]
label = "half"
series = "defer"
patches = "1-2"
command_line = ""
[[contrasts]]
reference = "base"
patched = "half"
)",
                                          "e.toml");
  REQUIRE(good.has_value());
  CHECK(good->request.boots == 6);
  CHECK(good->request.profile);
  CHECK_FALSE(good->request.seed.has_value());
  CHECK(good->sources == std::vector<std::vector<std::string>>{{"a", "b"}});
  CHECK(good->request.series.at(0).version == 2);
  CHECK(good->request.arms.at(1).patches->last == 2);
  CHECK_FALSE(good->request.arms.at(0).command_line.has_value());
  CHECK(good->request.arms.at(1).command_line == "");
  CHECK(good->request.contrasts.at(0).patched == "half");
}

TEST_CASE("experiment file: errors") {
  CHECK(experiment_error("") == "cannot use \"e.toml\": no [[arms]]; an experiment needs at least two");
  CHECK(experiment_error("[[arms]]\ntree=\"x\"") == "cannot use \"e.toml\": line 1: arms[0]: an arm needs a label");
  CHECK(experiment_error("[[arms]]\nlabel=\"x\"\npatches=\"3-1\"") ==
        "cannot use \"e.toml\": line 3: arms[0].patches: cannot use the patches \"3-1\": give one number or a range "
        "such as 1-3");
  CHECK(experiment_error("[series.s]\nversion=1") ==
        "cannot use \"e.toml\": line 1: series.s: a series needs sources, a list of files, directories or ranges");
}

TEST_CASE("config: what TOML can hold and a range cannot") {
  CHECK(error_of("[defaults]\ndelta = nan") ==
        "cannot use \"klab.toml\": line 2: defaults.delta: must be between 0 and 1, not nan");
  CHECK(experiment_error("delta = nan\n") == "cannot use \"e.toml\": line 1: delta: must be between 0 and 1, not nan");
}

TEST_CASE("config: what the TOML library asserts is an error of the file") {
  CHECK(error_of("# c\n[!]\n") == "cannot use \"klab.toml\": line 2: not TOML");
  CHECK(error_of("[~") == "cannot use \"klab.toml\": line 1: not TOML");
  CHECK(experiment_error("title = \"x\"\n\n[/a]\nb = 1\n") == "cannot use \"e.toml\": line 3: not TOML");
  // Where white space may stand, and characters that are none.
  CHECK(error_of("state = \u00E9") ==
        "cannot use \"klab.toml\": line 1: Error while parsing value: could not determine value type");
}

TEST_CASE("config: messages hold nothing that moves a cursor") {
  CHECK(error_of("[trees.t]\n\"\\u001B[31m\" = 1\nrepository = \"/r\"") ==
        "cannot use \"klab.toml\": line 2: trees.t.\uFFFD[31m: unknown key; known here: package, repository, remote, ref, fetch_limit");
  CHECK(error_of("[machines.\"\\u202E\"]\nvcpus = 0") ==
        "cannot use \"klab.toml\": line 2: machines.\uFFFD.vcpus: must be between 1 and 512, not 0");
  CHECK(error_of("state = tru\x1b") ==
        "cannot use \"klab.toml\": line 1: Error while parsing boolean: expected 'true', saw 'tru\uFFFD'");
}

TEST_CASE("config: how a mail is sent") {
  const auto config = parse_config("[mail]\nfrom = \"Ada <ada@example.org>\"\nsendmail = [\"msmtp\", \"-t\"]", "klab.toml", environment());
  REQUIRE(config.has_value());
  CHECK(config->mail.from == "Ada <ada@example.org>");
  CHECK(config->mail.sendmail == std::vector<std::string>{"msmtp", "-t"});
  CHECK(error_of("[mail]\nfrom = \"Ada\"") == "cannot use \"klab.toml\": line 2: mail.from: must be \"Name <address>\"");
  CHECK(error_of("[mail]\nfrom = \"Ada <ada@>\"") == "cannot use \"klab.toml\": line 2: mail.from: must be \"Name <address>\"");
  CHECK(error_of("[mail]\nsendmail = []") ==
        "cannot use \"klab.toml\": line 2: mail.sendmail: must name a program, such as [\"msmtp\", \"-t\"]");
}

TEST_CASE("config: what gc keeps: no limit, and a limit of nothing") {
  const auto gc = [](const std::string& keys) {
    const auto config = parse_config("[gc]\n" + keys, "klab.toml", environment());
    if (!config) FAIL(config.error().message);
    return config->gc;
  };
  CHECK_FALSE(gc("").cache_size.has_value());
  CHECK_FALSE(gc("").boots_size.has_value());
  CHECK(gc("cache_size = \"0\"").cache_size == 0u);
  CHECK(gc("boots_size = \"0\"").boots_size == 0u);
  CHECK(gc("cache_size = \"50G\"").cache_size == 50ull << 30);
  CHECK(error_of("[gc]\ncache_size = \"\"") ==
        "cannot use \"klab.toml\": line 2: gc.cache_size: must be a size such as \"50G\" or \"800M\"; leave it away for no limit");
}
