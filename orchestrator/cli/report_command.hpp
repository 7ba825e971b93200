// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "cli/client.hpp"
#include "cli/streams.hpp"
#include "config/config.hpp"

namespace klab::cli {

struct ReportOptions {
  std::int64_t experiment = 0;
  std::string message;  // instead of a number: the newest experiment with this mail's series; "-": a mail on standard input
  std::string format = "text";
  std::string output;  // empty or "-": standard output
  bool mbox = false;   // of format mail: a whole draft
  bool send = false;   // likewise, by the command of the configuration
};

// `klab report`. Returns the exit code: 0 when it was written or sent.
int report_command(Streams& streams, Client& client, const Config& config, const ReportOptions& options);

}  // namespace klab::cli
