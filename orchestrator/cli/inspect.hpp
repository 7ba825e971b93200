// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/client.hpp"
#include "cli/streams.hpp"

namespace klab::cli {

// The commands that ask the daemon one thing and show it. All return the exit code; with `json` the daemon's
// own answer is passed on.

int status(Streams& streams, Client& client, int limit, bool json);

struct ShowOptions {
  std::optional<std::int64_t> experiment;
  std::optional<std::int64_t> boot;
  std::optional<std::int64_t> reproduce;  // a boot
  bool json = false;
};
int show(Streams& streams, Client& client, const ShowOptions& options);

struct LogsOptions {
  std::int64_t experiment = 0;
  std::string arm;                   // empty: all arms
  std::optional<std::int64_t> boot;  // an id
  std::optional<std::int64_t> slot;
  bool build = false;    // build logs alone
  bool console = false;  // consoles alone
  bool raw = false;      // bytes as they are, even on a terminal
  bool json = false;
};
int logs(Streams& streams, Client& client, const LogsOptions& options);

int cancel(Streams& streams, Client& client, std::int64_t experiment, bool json);

// The report as text; returns what the experiment's outcome and report say.
int compare(Streams& streams, Client& client, std::int64_t experiment, bool json);

}  // namespace klab::cli
