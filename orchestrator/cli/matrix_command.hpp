// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>

#include "cli/client.hpp"
#include "cli/streams.hpp"
#include "config/config.hpp"

namespace klab::cli {

struct MatrixOptions {
  std::string verb;  // list, show, run, nights, night, accept
  std::string name;
  std::string cell;    // accept: a label, or its number
  std::string budget;  // run: "90m"
  std::optional<std::int64_t> night;
  bool undo = false;
  bool wait = false;
  bool json = false;
};

// `klab matrix ...`: the verbs with their options; `ready` is called with each of them and joins it to the program.
void add_matrix_verbs(CLI::App& matrix, MatrixOptions& options, const std::function<void(CLI::App*)>& ready);

// Does what the options say; returns the exit code. A night that was waited for gives its verdict: 2 where a kernel
// failed, else 1 where one regressed, else 3 where the lab failed or there is too little data.
int matrix_command(Streams& streams, Client& client, const Config& config, const MatrixOptions& options);

}  // namespace klab::cli
