// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "cli/streams.hpp"

namespace klab::cli {

struct AnalyseOptions {
  std::string file;       // "-" is standard input
  std::string reference;  // an arm; empty: the first of the file
  double delta = 0.02;
  std::string format = "text";  // text, html, json, csv
};

// `klab analyse`: the table of anybody's measurements (columns: stats/csv_import.hpp). Needs no daemon.
// Returns the report's exit code.
int analyse(Streams& streams, const AnalyseOptions& options);

}  // namespace klab::cli
