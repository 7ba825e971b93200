// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/stat.h>

#include "support/error_words.hpp"

#include <catch2/catch.hpp>

#include "cli/doctor.hpp"
#include "util/file.hpp"

using namespace klab;
using namespace klab::cli;

TEST_CASE("doctor: what hosts behind a BMC need is looked for where some are configured") {
  const auto folder = TemporaryDirectory::create("/tmp", "klab-doctor").value();
  DoctorHost host;
  host.root = folder.path();
  host.path = (folder.path() / "bin").string();
  Config config;
  CHECK(check_bare_metal(config, host).empty());

  auto& spec = config.hosts["h"];
  spec.name = "h";
  spec.password_file = folder.path() / "secret";
  spec.console = ConsoleWay::conserver;
  config.netboot.dnsmasq = true;
  auto checks = check_bare_metal(config, host);
  REQUIRE(checks.size() == 4);
  for (const auto& check : checks) CHECK(check.health == Health::missing);
  CHECK(checks[0].found == "no file \"" + spec.password_file.string() + "\"");
  CHECK(checks[1].command == "apt-get install conserver-client");
  CHECK(checks[2].command == "apt-get install dnsmasq-base");
  CHECK(checks[3].command == "apt-get install ipxe");

  REQUIRE(write_file_atomic(spec.password_file, "x"));
  ::chmod(spec.password_file.c_str(), 0640);
  CHECK(check_bare_metal(config, host)[0].command == "chmod 600 " + spec.password_file.string());
  ::chmod(spec.password_file.c_str(), 0600);
  REQUIRE(make_directories(folder.path() / "bin"));
  REQUIRE(make_directories(folder.path() / "usr/lib/ipxe"));
  REQUIRE(write_file_atomic(folder.path() / "usr/lib/ipxe/undionly.kpxe", "x"));
  for (const char* name : {"console", "dnsmasq"}) {
    REQUIRE(write_file_atomic(folder.path() / "bin" / name, "x"));
    ::chmod((folder.path() / "bin" / name).c_str(), 0755);
  }
  for (const auto& check : check_bare_metal(config, host)) CHECK(check.health == Health::ok);
}
