// SPDX-License-Identifier: GPL-3.0-or-later
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "cli/client.hpp"
#include "cli/doctor.hpp"
#include "cli/program.hpp"
#include "util/file.hpp"

using namespace klab;
using namespace klab::cli;
using klab::cli::test::run_klab;

namespace {

// measurement.md, vector 1: +17 %, row p 2/252; slots in an order that may be drawn.
std::string csv(bool better_is_higher) {
  std::string text = "arm,boot,slot,workload,case,metric,unit,better,value\n";
  const int a[] = {100, 101, 99, 102, 98}, b[] = {117, 118, 116, 119, 115};
  for (int i = 0; i < 5; ++i) {
    const std::string rest = std::string(",w,c,m,u,") + (better_is_higher ? "higher," : "lower,");
    text +=
        "base,a" + std::to_string(i) + "," + std::to_string(2 * i + 1) + rest + std::to_string(a[i]) + "\n";
    text +=
        "new,b" + std::to_string(i) + "," + std::to_string(2 * i + 2) + rest + std::to_string(b[i]) + "\n";
  }
  return text;
}

TemporaryDirectory scratch() {
  return TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-cli-").value();
}

const Check& find(const std::vector<Check>& checks, const std::string& what) {
  for (const auto& check : checks)
    if (check.what == what) return check;
  FAIL("no check of " << what);
  throw std::logic_error("not reached");
}

}  // namespace

TEST_CASE("klab analyse: the verdict is the exit code, the direction decides") {
  auto ran = run_klab({"analyse", "-"}, csv(true));
  CHECK(ran.err.empty());
  CHECK(ran.code == 0);
  CHECK(ran.out.find("improved") != std::string::npos);
  CHECK(ran.out.find("+17.0%") != std::string::npos);
  CHECK(run_klab({"analyse", "-"}, csv(false)).code == 1);
  CHECK(run_klab({"analyse", "-", "--reference", "new"}, csv(true)).code == 1);
  CHECK(run_klab({"analyse", "-", "--delta", "0.5"}, csv(false)).code == 0);
}

TEST_CASE("klab analyse: JSON carries the vector's numbers") {
  const auto directory = scratch();
  const auto file = directory.path() / "mine.csv";
  REQUIRE(write_file_atomic(file, csv(true)).has_value());
  const auto ran = run_klab({"analyse", file.string(), "--json"});
  REQUIRE(ran.code == 0);
  const auto report = boost::json::parse(ran.out).as_object();
  CHECK(report.at("exit_code") == 0);
  const auto& row = report.at("contrasts").at(0).at("rows").at(0);
  CHECK(row.at("effect").at("estimate").as_double() == Approx(1.17));
  CHECK(row.at("effect").at("low").as_double() == Approx(1.138614).epsilon(1e-6));
  CHECK(row.at("effect").at("high").as_double() == Approx(1.202020).epsilon(1e-6));
  CHECK(row.at("verdict") == "improved");
  CHECK(run_klab({"analyse", file.string(), "--format", "html"}).out.starts_with("<!"));
  CHECK(run_klab({"analyse", file.string(), "--format", "pdf"}).code == 64);
}

TEST_CASE("klab analyse: errors name the file") {
  auto ran = run_klab({"analyse", "/nonexistent/x.csv"});
  CHECK(ran.code == 64);
  CHECK(ran.err == "klab: cannot read \"/nonexistent/x.csv\": No such file or directory\n");
  ran = run_klab({"analyse", "-"}, "arm,boot,metric,value\nbase,1,m,fast\n");
  CHECK(ran.code == 64);
  CHECK(ran.err.find("standard input") != std::string::npos);
}

TEST_CASE("klab analyse: two boots an arm are insufficient data, never noise") {
  const auto ran = run_klab({"analyse", "-"}, "arm,boot,metric,value\na,1,m,1\na,2,m,2\nb,1,m,3\nb,2,m,4\n");
  CHECK(ran.code == 3);
}

TEST_CASE("klab series: what the project's own series holds") {
  const auto ran = run_klab({"series", KLAB_SOURCE_ROOT "/patches/wq-defer-wakeup", "--json"});
  REQUIRE(ran.code == 0);
  const auto series = boost::json::parse(ran.out).as_object();
  CHECK(series.at("patches").as_array().size() == 4);
  CHECK(series.at("patches").at(3).at("number") == 4);
  const auto& candidates = series.at("base_candidates").as_array();
  REQUIRE(candidates.size() == 2);
  CHECK(candidates[0].at("way") == "blob ids");
  CHECK(candidates[0].at("wanted").at(0).at("path") == "kernel/workqueue.c");
  CHECK(candidates[1].at("way") == "default ref");
  const auto text = run_klab({"series", KLAB_SOURCE_ROOT "/patches/wq-defer-wakeup"});
  CHECK(text.out.find("  base, in the order in which it would be searched for\n    blob ids: ") != std::string::npos);
  CHECK(run_klab({"series", "/nonexistent"}).code == 64);
  CHECK(run_klab({"series", "-"}, "Subject: hello\n\nno patch\n").code == 2);
}

TEST_CASE("klab console: exit status 1 when a console holds a crash") {
  const auto directory = scratch();
  const auto crashed = directory.path() / "crashed.log";
  REQUIRE(write_file_atomic(
              crashed,
              "[    1.000000] Linux version 6.12\n[    2.000000] Kernel panic - not syncing: no init\n"
              "[    2.100000] ---[ end Kernel panic - not syncing: no init ]---\n")
              .has_value());
  const auto ran = run_klab({"console", crashed.string()});
  CHECK(ran.code == 1);
  CHECK(ran.out.find("Kernel panic - not syncing: no init") != std::string::npos);
  CHECK(run_klab({"console", "-"}, "Linux version 6.12\nall is well\n").code == 0);

  const auto warned = run_klab({"console", "-"},
                               "Linux version 6.12\nWARNING: CPU: 0 PID: 1 at kernel/foo.c:12 foo+0x1/0x2\n");
  CHECK(warned.code == 1);
  CHECK(warned.out ==
        "-: no crash, but reports, 2 lines, reached kernel\n  lines 2-2: WARNING in foo (recorded)\n");
}

TEST_CASE("klab console: JSON gives the reports in their order, and the first one's title") {
  const auto ran = run_klab({"console", "-", "--json"},
                            "Linux version 6.12\n"
                            "WARNING: CPU: 0 PID: 1 at kernel/foo.c:12 foo+0x1/0x2\n"
                            "---[ end trace 0000000000000000 ]---\n"
                            "Kernel panic - not syncing: on purpose\n");
  REQUIRE(ran.code == 1);
  const auto console = boost::json::parse(ran.out).at("consoles").at(0).as_object();
  CHECK(console.at("title") == "WARNING in foo");
  CHECK(console.at("crash").at("title") == "kernel panic: on purpose");
  CHECK(console.at("crash").at("kind") == "panic");
  CHECK(console.at("crash").at("first_line") == 4);
  CHECK(console.at("recorded").as_array().size() == 1);
  REQUIRE(console.at("reports").as_array().size() == 2);
  CHECK(console.at("reports").at(0).at("fatal") == false);
  CHECK(console.at("reports").at(0).at("function") == "foo");
  CHECK(console.at("reports").at(0).at("last_line") == 3);
  CHECK(console.at("reports").at(1).at("fatal") == true);
}

TEST_CASE("doctor: says what is there and what is missing, with the remedy") {
  const auto directory = scratch();
  const auto root = directory.path();
  REQUIRE(make_directories(root / "bin").has_value());
  REQUIRE(make_directories(root / "proc").has_value());
  REQUIRE(make_directories(root / "usr/src").has_value());
  const auto program = [&](const char* name, const char* content) {
    REQUIRE(write_file_atomic(root / "bin" / name, content).has_value());
    std::filesystem::permissions(root / "bin" / name, std::filesystem::perms::owner_all);
  };
  program("git", "");
  program("busybox", "ELF /lib64/ld-linux-x86-64.so.2");
  REQUIRE(write_file_atomic(root / "proc/loadavg", "9999.5 1 1 1/1 1\n").has_value());
  REQUIRE(write_file_atomic(root / "usr/src/linux-source-6.12.tar.xz", "").has_value());

  ConfigEnvironment environment;
  environment.home = root / "home";
  auto config = default_config(environment);
  DoctorHost host{(root / "bin").string(), root};
  auto checks = check_host(config, host);
  CHECK(find(checks, "git").health == Health::ok);
  CHECK(find(checks, "git").found == (root / "bin/git").string());
  CHECK(find(checks, "flex").health == Health::missing);
  CHECK(find(checks, "flex").command == "apt-get install flex");
  CHECK(find(checks, "bwrap").command == "apt-get install bubblewrap");
  CHECK(find(checks, "busybox").health == Health::missing);
  CHECK(find(checks, "busybox").found == (root / "bin/busybox").string() + " is linked dynamically");
  CHECK(find(checks, "qemu-system-x86_64").command == "apt-get install qemu-system-x86");
  // The other architecture's tools are wanted by a machine that nobody asked for: a note, and what would mend it.
  CHECK(find(checks, "aarch64-linux-gnu-gcc").health == Health::note);
  CHECK(find(checks, "aarch64-linux-gnu-gcc").command == "apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross");
  CHECK(find(checks, "C library of arm64").health == Health::note);
  CHECK(find(checks, "qemu-system-aarch64").command == "apt-get install qemu-system-arm");
  config.defaults.machine = "vm-arm64";
  CHECK(find(check_host(config, host), "qemu-system-aarch64").health == Health::missing);
  config.defaults.machine = "vm";
  CHECK(find(checks, "tree debian").health == Health::ok);
  CHECK(find(checks, "cache").health != Health::missing);
  CHECK(find(checks, "load").health == Health::note);
  CHECK(find(checks, "KVM").found == "no /dev/kvm: guests run under TCG, and every table says so");

  CHECK(find(checks, "build limits").health == Health::note);
  CHECK(find(checks, "build limits").found ==
        "three quarters of the memory, 4096 processes, 32768 MiB of disk, 2 h 00 m for one kernel; memory and processes "
        "are looked at five times a second and by rlimits: this host has no cgroup v2 hierarchy");

  program("bwrap", "#!/bin/sh\necho 'bwrap: No permissions to create a new namespace'\nexit 1\n");
  const auto group = root / "sys/fs/cgroup";
  REQUIRE(make_directories(group / "klabd.service").has_value());
  REQUIRE(write_file_atomic(group / "cgroup.controllers", "cpu memory pids\n").has_value());
  REQUIRE(make_directories(root / "proc/self").has_value());
  REQUIRE(write_file_atomic(root / "proc/self/cgroup", "0::/klabd.service\n").has_value());
  REQUIRE(write_file_atomic(group / "cgroup.type", "domain\n").has_value());
  config.build.memory = 8ull << 30;
  checks = check_host(config, host);
  CHECK(find(checks, "sandbox").health == Health::missing);
  CHECK(find(checks, "sandbox").found == "bwrap: No permissions to create a new namespace");
  CHECK(find(checks, "build limits").found.ends_with("the control group \"/klabd.service\" is not delegated to this user"));
  CHECK(find(checks, "build limits").found.starts_with("8192 MiB, 4096 processes"));
  CHECK(check_sandbox("/usr/bin/bwrap").health == Health::ok);

  std::filesystem::remove(root / "usr/src/linux-source-6.12.tar.xz");
  program("busybox", "ELF static");
  checks = check_host(config, host);
  CHECK(find(checks, "tree debian").command == "apt-get install linux-source-6.12");
  CHECK(find(checks, "busybox").health == Health::ok);
}

TEST_CASE("doctor: rendering, and a daemon that does not run is no fault of the machine") {
  Client client("/nonexistent/s");
  const auto daemon = check_daemon(client, "./lab up");
  CHECK(daemon.health == Health::note);
  CHECK(daemon.found ==
        "cannot reach klabd at \"/nonexistent/s\": No such file or directory; start it with ./lab up or systemctl start klabd");
  const std::vector<Check> checks{{"git", Health::ok, "/usr/bin/git", ""},
                                  {"flex", Health::missing, "no", "apt-get install flex"}};
  CHECK(render_checks(checks) ==
        "ok      git: /usr/bin/git\nmissing flex: no\n        apt-get install flex\n");
  CHECK(render_checks_json({checks[0]}) ==
        "{\"ok\":true,\"checks\":[{\"what\":\"git\",\"health\":\"ok\",\"found\":\"/usr/bin/"
        "git\",\"command\":\"\",\"why\":\"\"}]}\n");
  CHECK(render_checks_json(checks).starts_with("{\"ok\":false,"));
}
