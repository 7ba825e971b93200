// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>

#include "cli/client.hpp"
#include "cli/streams.hpp"

namespace klab::cli {

struct HostOptions {
  std::string verb;  // list, show, probe, health, reserve, quarantine, release
  std::string name;
  std::string person;
  std::string until;  // "2026-11-21 18:00" of this computer's time, or "+2h"
  std::string reason;
  bool run = false;  // health: submit an A/A run
  bool json = false;
};

// `klab host ...`: the verbs with their options; `ready` is called with each of them and joins it to the program.
void add_host_verbs(CLI::App& host, HostOptions& options, const std::function<void(CLI::App*)>& ready);

// Does what the options say; returns the exit code: 3 for a host that a probe finds something wrong with, and for
// one whose health is not good.
int host_command(Streams& streams, Client& client, const HostOptions& options, double now);

// Seconds since the epoch. `now` is where "+2h" begins. Kind input: neither form, or over.
Result<double> parse_until(const std::string& text, double now);

}  // namespace klab::cli
