// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "cli/client.hpp"
#include "cli/streams.hpp"

namespace klab::cli {

struct GcOptions {
  std::string older_than, cache_size, boots_size;  // as typed; empty: as configured
  bool dry_run = false;
  bool json = false;
};
struct NotificationOptions {
  std::string verb;  // "", or "retry"
  std::int64_t id = 0;
  bool json = false;
};

void add_gc_options(CLI::App& gc, GcOptions& options);
int gc(Streams& streams, Client& client, const GcOptions& options);

void add_notification_options(CLI::App& notifications, NotificationOptions& options);
int notifications(Streams& streams, Client& client, const NotificationOptions& options);

std::optional<double> parse_age(const std::string& text);  // "30d", "12h", "2w"; seconds

}  // namespace klab::cli
