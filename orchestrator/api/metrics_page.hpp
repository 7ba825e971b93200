// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "model/trend.hpp"
#include "store/total_store.hpp"

namespace klab {

// Everything that /metrics says.
struct MetricsData {
  std::string version;
  Totals totals;
  std::map<std::string, std::string> hosts;        // name to "free", "measuring", "reserved", "quarantined", ...
  std::map<std::string, int> notifications;        // deliveries by state
  AaStanding aa;
  double cpu_seconds = 0.0;                        // of this process
  double resident_bytes = 0.0;
  double started = 0.0;                            // seconds since the epoch; 0: not known
};

// Prometheus's text format, version 0.0.4; pure.
std::string render_metrics(const MetricsData& data);
inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace klab
