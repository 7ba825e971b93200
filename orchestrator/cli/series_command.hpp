// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/streams.hpp"

namespace klab::cli {

struct SeriesOptions {
  std::vector<std::string> sources;
  std::optional<int> version;
  std::string patches;
  std::string repository = ".";
  bool json = false;
};

// `klab series`: what klab reads from mails, without submitting it. Needs no daemon.
int show_series(Streams& streams, const SeriesOptions& options);

}  // namespace klab::cli
