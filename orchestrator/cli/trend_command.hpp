// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>

#include "cli/client.hpp"
#include "cli/streams.hpp"

namespace klab::cli {

struct TrendOptions {
  std::string matrix;
  std::string cell;  // a label, or its number; empty: all, in brief
  int nights = 14;
  bool json = false;
};

int trend_command(Streams& streams, Client& client, const TrendOptions& options);
// `id` 0: all of them.
int investigations_command(Streams& streams, Client& client, std::int64_t id, bool json);

// The daemon's answers as text. Pure; control characters are made inert.
std::string render_trends(const boost::json::object& answer);                   // GET /api/trends?matrix=
std::string render_cell_trends(const boost::json::object& answer, int nights);  // GET /api/trends/CELL
std::string render_investigations(const boost::json::object& answer);           // GET /api/investigations
std::string render_investigation(const boost::json::object& answer);            // GET /api/investigations/N

}  // namespace klab::cli
