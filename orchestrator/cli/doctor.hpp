// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/client.hpp"
#include "cli/streams.hpp"
#include "config/config.hpp"

namespace klab::cli {

enum class Health {
  ok,
  note,     // works, and something should be known
  missing,  // nothing can be measured without it
};

struct Check {
  std::string what;
  Health health = Health::ok;
  std::string found;
  std::string command;   // unless ok: what mends it, or shows what is in the way
  std::string why = {};  // what it does, or another way, where the command does not say it by itself
};

// The machine a check looks at, passed in so that tests need none.
struct DoctorHost {
  std::string path;                  // directories of programs, as in $PATH
  std::filesystem::path root = "/";  // above dev, proc, sys and usr
  Architecture architecture = Architecture::x86_64;
  std::string user = "klab";                 // who runs this
  std::optional<bool> clock_is_set = {};     // by somebody who knows the time; unset: not known
};
DoctorHost this_host();

// What kernels, programs and guests of another architecture than the host's need. Missing only where the default
// machine is one of it; else worth a note.
std::vector<Check> check_foreign(const Config& config, const DoctorHost& host, Architecture architecture);
// What hosts behind a BMC need here; nothing where none is configured. `klab host probe` looks at the hosts.
std::vector<Check> check_bare_metal(const Config& config, const DoctorHost& host);
// The service of the package where systemd runs, the size of the database, the address of the pages, the command that
// sends mails, the clock. `answers`: klabd does, so what it needs for itself is in its hands.
std::vector<Check> check_service(const Config& config, const DoctorHost& host, bool answers);
// Programs, the sandbox of builds and their limits, kernel sources, directories, /dev/kvm, frequency governor, load.
// Creates the state and cache directories; else reads only.
std::vector<Check> check_host(const Config& config, const DoctorHost& host);
// What a workstation needs for a klabd elsewhere.
std::vector<Check> check_workstation(const Config& config, const DoctorHost& host, const RemoteHost& remote);
Check check_program(const DoctorHost& host, const std::string& name, const std::string& package);
Check check_mail(const Config& config, const DoctorHost& host);
bool is_installed(const Config& config);  // by the package, not run from a checkout
Check check_daemon(Client& client, const std::string& start);  // `start`: the command that starts it
std::filesystem::path find_program(const DoctorHost& host, const std::string& name);  // empty: not in its PATH
Check check_sandbox(const std::filesystem::path& bwrap, const std::filesystem::path& root = "/");  // runs it
Check check_build_limits(const Config& config, const DoctorHost& host);

std::string render_checks(const std::vector<Check>& checks);
std::string render_checks_json(const std::vector<Check>& checks);

// `klab doctor`: 0, or 3 when something is missing.
int doctor(Streams& streams, Client& client, const Config& config, const DoctorHost& host, bool json);

}  // namespace klab::cli
