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
  std::filesystem::path root = "/";  // above dev, proc, sys and usr/src
};
DoctorHost this_host();

// Programs, the sandbox of builds and their limits, kernel sources, directories, /dev/kvm, frequency governor, load. Creates the state and cache
// directories; else reads only.
std::vector<Check> check_host(const Config& config, const DoctorHost& host);
Check check_daemon(Client& client);
Check check_sandbox(const std::filesystem::path& bwrap);  // runs it
Check check_build_limits(const Config& config, const DoctorHost& host);

std::string render_checks(const std::vector<Check>& checks);
std::string render_checks_json(const std::vector<Check>& checks);

// `klab doctor`: 0, or 3 when something is missing.
int doctor(Streams& streams, Client& client, const Config& config, const DoctorHost& host, bool json);

}  // namespace klab::cli
