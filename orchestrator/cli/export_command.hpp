// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/client.hpp"
#include "cli/streams.hpp"

namespace klab::cli {

struct ExportOptions {
  std::string directory;
  std::vector<std::int64_t> experiments;
  std::vector<std::string> matrices;
  int limit = 10;
  bool json = false;
};

void add_export_options(CLI::App& command, ExportOptions& options);

// `klab export DIRECTORY`: klabd's pages as files, there all at once or not at all. An earlier copy is replaced;
// anything else in that place is left alone. Ends with the exit code of klab.
int export_command(Streams& streams, Client& client, const ExportOptions& options);

}  // namespace klab::cli
