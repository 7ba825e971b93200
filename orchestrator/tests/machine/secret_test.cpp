// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/secret.hpp"

#include <sys/stat.h>

#include "support/error_words.hpp"

#include <catch2/catch.hpp>

#include "machine/ipmi/bmc.hpp"
#include "util/file.hpp"

using namespace klab;

namespace {

HostSpec host_with(const std::filesystem::path& file, std::string_view text, mode_t mode = 0600) {
  REQUIRE(write_file_atomic(file, text));
  ::chmod(file.c_str(), mode);
  HostSpec host;
  host.name = "h";
  host.password_file = file;
  return host;
}

std::string refusal(const HostSpec& host) {
  auto read = read_password(host);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().kind == ErrorKind::input);
  return read.error().message;
}

}  // namespace

TEST_CASE("a password comes from a file that others cannot read, without its line end") {
  auto folder = TemporaryDirectory::create("/tmp", "klab-secret").value();
  const auto file = folder.path() / "password";
  CHECK(std::string(read_password(host_with(file, "open sesame\n")).value().text()) == "open sesame");
  CHECK(refusal(host_with(file, "x", 0644)) == fmt::format("cannot use the password of host \"h\": \"{}\" can be read by others (mode 0644); chmod 600 it",
                                                           file.string()));
  CHECK(refusal(host_with(file, "\n")) == "cannot use the password of host \"h\": IPMI 2.0 takes one line of 1 to 20 bytes");
  CHECK(refusal(host_with(file, std::string(21, 'x'))) == "cannot use the password of host \"h\": IPMI 2.0 takes one line of 1 to 20 bytes");
}

TEST_CASE("or from a command that prints it, whose failure is told without its output") {
  HostSpec host;
  host.name = "h";
  host.password_command = {"sh", "-c", "printf 'open sesame\\n'"};
  CHECK(std::string(read_password(host).value().text()) == "open sesame");
  host.password_command = {"sh", "-c", "echo secret; echo 'the store is locked' >&2; exit 3"};
  CHECK(refusal(host) == "cannot use the password of host \"h\": password_command ended with exit status 3: the store is locked");
}

TEST_CASE("a BMC's place carries its port, an IPv6 address its brackets") {
  HostSpec host;
  host.bmc_address = "10.0.0.5";
  CHECK(bmc_place(host) == "10.0.0.5:623");
  host.bmc_address = "fe80::1";
  host.bmc_port = 9001;
  CHECK(bmc_place(host) == "[fe80::1]:9001");
}

TEST_CASE("nobody behind a BMC's address is told within the session's time, a name that is none at once") {
  auto folder = TemporaryDirectory::create("/tmp", "klab-secret").value();
  HostSpec host = host_with(folder.path() / "password", "x\n");
  host.user = "lab";
  host.bmc_address = "no.such.name.invalid";
  const auto answer = make_freeipmi_bmc(host)->is_on();
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().message.find("host \"h\"") != std::string::npos);
}
