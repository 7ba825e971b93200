// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/side_by_side.hpp"

#include "report/layout.hpp"
#include "report/text.hpp"
#include "tests/report/fixture.hpp"
#include "util/text.hpp"

namespace klab::report {
namespace {

TEST_CASE("side by side: one table for each primary metric, a line for each case of either machine") {
  const Report report = test::two_machines_report();
  const auto tables = side_by_side(report);
  REQUIRE(tables.size() == 2);
  CHECK(side_by_side_caption(tables[0]) == "workqueue: throughput (items/s, higher is better), patched against baseline");
  CHECK(tables[1].metric->name == "p95");
  REQUIRE(tables[0].machines.size() == 2);
  CHECK(tables[0].machines[0].machine == "vm");
  CHECK(tables[0].machines[1].machine == "vm-arm64");
  REQUIRE(tables[0].lines.size() == 6);
  CHECK(tables[0].lines[1].case_name == "smt");
  CHECK(tables[0].lines[1].rows[0] == &report.comparisons[0].rows[1]);
  CHECK(tables[0].lines[1].rows[1] == nullptr);
  CHECK(tables[0].lines[0].rows[1] == &report.comparisons[1].rows[0]);
  CHECK(covers_all_arms(tables, report));
}

TEST_CASE("side by side: nothing where a machine stands alone or the variants differ") {
  CHECK(side_by_side(test::workqueue_report()).empty());
  CHECK(side_by_side(test::odd_report()).empty());
  Report report = test::two_machines_report();
  report.arms[3].variant = "another series";
  CHECK(side_by_side(report).empty());
  report = test::two_machines_report();
  for (auto& arm : report.arms) arm.machine = "vm";
  CHECK(side_by_side(report).empty());
}

TEST_CASE("side by side: arms that stand in no such table keep the table of all arms") {
  Report report = test::two_machines_report();
  report.arms.push_back({"half-vm", "half", "vm", "vm", "half of it"});
  CHECK_FALSE(covers_all_arms(side_by_side(report), report));
  CHECK(render_text(report).find("All arms") != std::string::npos);
  CHECK(render_text(test::two_machines_report()).find("All arms") == std::string::npos);
}

TEST_CASE("side by side: a third machine goes below, no line is wider than a mail's") {
  Report report = test::two_machines_report();
  report.arms.push_back({"baseline-third", "baseline", "", "a-machine-with-a-long-name", report.arms[0].variant});
  report.arms.push_back({"patched-third", "patched", "", "a-machine-with-a-long-name", report.arms[1].variant});
  report.comparisons.push_back(report.comparisons[0]);
  report.comparisons.back().reference = "baseline-third";
  report.comparisons.back().patched = "patched-third";
  const auto tables = side_by_side(report);
  REQUIRE(tables.size() == 2);
  REQUIRE(tables[0].machines.size() == 3);
  const auto text = side_by_side_text(tables, "", 72);
  CHECK(text.find("a-machine-w~") != std::string::npos);
  for (const auto& line : split_lines(text)) CHECK(columns(line) <= 72);
}

TEST_CASE("side by side: the marks of two verdicts are never the same") {
  std::string marks;
  for (int verdict = 0; verdict < static_cast<int>(Verdict::not_available); ++verdict) {
    const auto sign = mark(static_cast<Verdict>(verdict));
    CHECK(sign.size() == 1);
    CHECK(marks.find(sign) == std::string::npos);
    marks += sign;
  }
}

}  // namespace
}  // namespace klab::report
