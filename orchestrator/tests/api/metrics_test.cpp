// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/metrics_page.hpp"

#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "util/text.hpp"

using namespace klab;

namespace {

MetricsData data() {
  MetricsData data;
  data.version = "1.0";
  data.totals.boots = {{"vm", "ok", 3, 130.5, {1, 2, 3, 3, 3, 3}}, {"vm", "hung", 1, 600.0, {0, 0, 0, 0, 1, 1}}, {"host\"1\\\n", "ok", 1, 5.0, {1, 1, 1, 1, 1, 1}}};
  data.totals.builds = {{"ok", true, 2, 0.5}};
  data.totals.experiments = {{"queued", 2}};
  data.totals.experiments_ended = {{"ok", 7}};
  data.totals.boots_waiting = 12;
  data.totals.samples = 1'234'567'890;
  data.hosts = {{"host1", "quarantined"}};
  data.notifications = {{"given up", 1}};
  data.aa = {41, 3};
  data.resident_bytes = 52428800;
  return data;
}

}  // namespace

TEST_CASE("metrics: every line is one that Prometheus reads, and no family comes twice") {
  const std::regex help(R"(# HELP [a-z_]+ .+)"), type(R"(# TYPE ([a-z_]+) (counter|gauge|histogram|summary))");
  const std::regex sample(R"re(([a-z_]+)(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? -?[0-9.]+(e[+-][0-9]+)?)re");
  std::set<std::string> families, series;
  std::string family;
  const auto text = render_metrics(data());
  CHECK(text.back() == '\n');
  for (const auto& line : split_lines(text)) {
    INFO(line);
    std::smatch parts;
    if (line.starts_with("# HELP")) {
      CHECK(std::regex_match(line, help));
    } else if (line.starts_with("# TYPE")) {
      REQUIRE(std::regex_match(line, parts, type));
      family = parts[1];
      CHECK(families.insert(family).second);
    } else {
      REQUIRE(std::regex_match(line, parts, sample));
      CHECK(parts[1].str().starts_with(family));
      CHECK(series.insert(line.substr(0, line.rfind(' '))).second);
    }
  }
}

TEST_CASE("metrics: numbers stand where they belong") {
  const auto text = render_metrics(data());
  for (const char* line : {"klab_build_info{version=\"1.0\"} 1", "klab_experiments{state=\"queued\"} 2", "klab_experiments{state=\"building\"} 0",
                           "klab_queue_boots_waiting 12", "klab_boots_total{machine=\"vm\",outcome=\"hung\"} 1",
                           "klab_boot_seconds_bucket{machine=\"vm\",le=\"60\"} 2", "klab_boot_seconds_bucket{machine=\"vm\",le=\"600\"} 4",
                           "klab_boot_seconds_bucket{machine=\"vm\",le=\"+Inf\"} 4", "klab_boot_seconds_sum{machine=\"vm\"} 730.5",
                           "klab_boot_seconds_count{machine=\"vm\"} 4", "klab_build_seconds_count{outcome=\"ok\",cache=\"hit\"} 2",
                           "klab_samples_total 1234567890", "klab_host_state{host=\"host1\",state=\"quarantined\"} 1",
                           "klab_notifications{state=\"given up\"} 1", "klab_aa_runs_total 41", "klab_aa_alarms_total 3", "process_resident_memory_bytes 52428800"}) {
    INFO(line);
    CHECK(text.find("\n" + std::string(line) + "\n") != std::string::npos);
  }
  CHECK(text.find("machine=\"host\\\"1\\\\ \"") != std::string::npos);
}
