// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "report/layout.hpp"
#include "report/mail.hpp"
#include "tests/report/fixture.hpp"
#include "util/text.hpp"

namespace klab::test {

inline Series mailed_series() {
  Series series;
  series.title = "workqueue: defer the worker wakeup outside pool->lock";
  series.author = "Ada Lovelace <ada@example.org>";
  series.version = 2;
  series.versions = {2};
  series.cover = "Why.";
  series.cover_message_id = "20260603-defer@example.org";
  for (int i = 1; i <= 4; ++i) {
    Patch patch;
    patch.number = i;
    patch.subject = fmt::format("workqueue: part {}", i);
    patch.message_id = fmt::format("20260603-defer-{}@example.org", i);
    series.patches.push_back(patch);
  }
  return series;
}

inline ExperimentPlan mailed_plan() {
  ExperimentPlan plan;
  plan.title = mailed_series().title;
  plan.series = {mailed_series()};
  ArmPlan arm;
  arm.label = "baseline";
  arm.tree = "debian";
  arm.kconfig.fragments = {{"lab", ""}, {"tracing", ""}};
  arm.command_line = "isolcpus=1";
  arm.machine = "vm";
  plan.arms = {arm, arm};
  plan.arms[1].label = "patched";
  plan.arms[1].series = 0;
  plan.contrasts = {{0, 1}};
  plan.workloads.push_back({"workqueue", "workqueue:profile=quick", "0123", {}, {throughput, p95}});
  plan.seed = 4711;
  return plan;
}

// Borrows all of it.
struct Mailed {
  Report report = workqueue_report();
  ExperimentPlan plan = mailed_plan();
  MailSource source() const {
    return {report, plan, {"0123456789abcdef0123456789abcdef01234567", "0123456789abcdef0123456789abcdef01234567"}, Outcome::ok, "", "", 10, 10, true};
  }
};

inline std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (const auto& line : split_lines(text)) widest = std::max(widest, report::columns(line));
  return widest;
}

}  // namespace klab::test
