// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
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
  std::string remedy;  // unless ok
};

// The machine a check looks at, passed in so that tests need none.
struct DoctorHost {
  std::string path;                  // directories of programs, as in $PATH
  std::filesystem::path root = "/";  // above dev, proc, sys and usr
  Architecture architecture = Architecture::x86_64;
};
DoctorHost this_host();

// Programs, the sandbox of builds and their limits, kernel sources, directories, /dev/kvm, frequency governor, load. Creates the state and cache
// directories; else reads only.
// What kernels, programs and guests of another architecture than the host's need. Missing only where the default
// machine is one of it; else worth a note.
std::vector<Check> check_foreign(const Config& config, const DoctorHost& host, Architecture architecture);
// What hosts behind a BMC need here; nothing where none is configured. `klab host probe` looks at the hosts.
std::vector<Check> check_bare_metal(const Config& config, const DoctorHost& host);
std::vector<Check> check_host(const Config& config, const DoctorHost& host);
Check check_daemon(Client& client);
std::filesystem::path find_program(const DoctorHost& host, const std::string& name);  // empty: not in its PATH
Check check_sandbox(const std::filesystem::path& bwrap);  // runs it
Check check_build_limits(const Config& config, const DoctorHost& host);

std::string render_checks(const std::vector<Check>& checks);
std::string render_checks_json(const std::vector<Check>& checks);

// `klab doctor`: 0, or 3 when something is missing.
int doctor(Streams& streams, Client& client, const Config& config, const DoctorHost& host, bool json);

}  // namespace klab::cli
