// SPDX-License-Identifier: GPL-3.0-or-later
// A quarter of nights in a few minutes: three planted changes, and what the lab says of each. Not in the suite:
//   KLAB_QUARTER_SEED=7 test_schedule "[quarter]"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "pipeline/trend_data.hpp"
#include "tests/schedule/night_lab.hpp"

using namespace klab;
using namespace klab::test;

namespace {

std::string date_of(int night) {
  const int days[] = {31, 31, 30};
  int month = 0;
  for (; month < 2 && night >= days[month]; ++month) night -= days[month];
  return fmt::format("2026-{:02}-{:02}", 7 + month, night + 1);
}

void run_aa(NightLab& lab) {
  NightLab::Life life(lab);
  ExperimentRequest request;
  request.boots = 5;
  request.arms.resize(2);
  for (int i = 0; i < 2; ++i) {
    request.arms[i].label = fmt::format("aa-{}", i + 1);
    request.arms[i].base = lab.reference;
  }
  auto plan = make_plan(request, lab.lab.config, "klabd", entropy_seed());
  REQUIRE(plan);
  REQUIRE(life.daemon.experiments.add(*plan, lab.clock()));
  life.settle();
}

}  // namespace

TEST_CASE("a quarter of nights with three planted changes", "[.quarter]") {
  const char* given = std::getenv("KLAB_QUARTER_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 7;
  constexpr int nights = 90, slow_5 = 25, new_host = 50, slow_17 = 70;
  const std::set<int> missed{12, 40, 41, 63};
  NightLab lab(seed);
  Random random(seed + 1000);
  lab.reference = lab.head();
  TrendStore trends(lab.database);
  double speed = 100.0;
  std::map<std::string, int> verdicts;
  std::map<std::int64_t, std::string> dates, culprits;
  std::set<std::int64_t> told;
  std::set<std::pair<std::string, std::int64_t>> told_changes;
  std::string culprit_5, culprit_17;
  int alarms = 0;
  std::int64_t place = 0;  // the only cell
  std::cout << fmt::format("seed {}, boot-to-boot sd 2.5 %, 5 boots an arm, 1 to 5 commits a night\n", seed);
  for (int night = 0; night < nights; ++night) {
    const int commits = 1 + static_cast<int>(random.below(5));
    const int planted = static_cast<int>(random.below(static_cast<std::uint64_t>(commits)));
    for (int i = 0; i < commits; ++i) {
      const bool slow = (night == slow_5 || night == slow_17) && i == planted;
      if (slow) speed *= night == slow_5 ? 1.05 : 1.17;
      const auto commit = lab.commit(speed, fmt::format("change {} of day {}", i + 1, date_of(night)));
      if (!slow) continue;
      (night == slow_5 ? culprit_5 : culprit_17) = commit;
      std::cout << fmt::format("{}  [planted: {} % slower, commit {} of {}: {}]\n", date_of(night), night == slow_5 ? 5 : 17, i + 1,
                               commits, commit.substr(0, 12));
    }
    if (night == new_host) {
      lab.weather.host = 1.3;
      lab.weather.microcode = "0x2";
      std::cout << fmt::format("{}  [planted: another microcode, everything takes 1.3 times as long]\n", date_of(night));
    }
    if (missed.count(night)) {
      std::cout << fmt::format("{}  no night: the machine was off\n", date_of(night));
      continue;
    }
    if (night % 4 == 3) run_aa(lab);
    const auto tonight = lab.whole_night(date_of(night));
    dates[tonight.id] = date_of(night);
    place = tonight.cell;
    ++verdicts[std::string(name(tonight.verdict))];
    const bool is_true = night >= slow_5;
    if (tonight.verdict == CellVerdict::regressed && !is_true) ++alarms;
    if (tonight.verdict == CellVerdict::regressed && (night < slow_5 + 3 || (night >= slow_17 && night < slow_17 + 3)))
      std::cout << fmt::format("{}  morning: regressed against last good\n", date_of(night));
    auto found = trends.investigations(100).value();
    std::reverse(found.begin(), found.end());
    for (const auto& one : found) {
      if (!told.insert(one.id).second) continue;
      std::cout << fmt::format("{}  investigation {}, {} {:+.1f} % between {} and {}{}: {}\n            {}\n", date_of(night), one.id,
                               one.source, one.magnitude * 100.0, dates[one.last_good], dates[one.first_bad],
                               one.p ? fmt::format(", p {:.4f}", *one.p) : "", one.result, one.conclusion);
    }
    for (const auto& change : trends.change_points(place).value())
      if (told_changes.insert({change.row.case_name, change.night_cell}).second)
        std::cout << fmt::format("{}  change point at {}, {:+.1f} %, p {:.4f}: investigation {}\n", date_of(night), dates[change.night_cell],
                                 change.magnitude * 100.0, change.p, change.investigation.value_or(0));
    std::cout << std::flush;
  }
  NightLab::Life life(lab);
  const auto cell = life.daemon.nights.cell(place).value();
  const auto begun = std::chrono::steady_clock::now();
  const auto trend = read_trend(life.daemon.lab, cell, {"tiny", "a", "time"}).value();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
  std::cout << "\nmorning verdicts:";
  for (const auto& [word, count] : verdicts) std::cout << fmt::format(" {} {};", count, word.empty() ? "none" : word);
  std::cout << fmt::format("\nregressed mornings before anything was planted: {}\n", alarms);
  for (const auto& segment : trend.segments)
    std::cout << fmt::format("segment {} to {}{}{}\n", trend.points[segment.first].date, trend.points[segment.last].date,
                             segment.change.empty() ? "" : ": ", segment.change);
  for (const auto& change : trend.changes)
    std::cout << fmt::format("change point at {}: {:+.1f} %, p {:.4f}\n", dates[change.night_cell], change.magnitude * 100.0, change.p);
  if (trend.floor) std::cout << fmt::format("noise floor of vm: {:.1f} % over {} A/A runs\n", trend.floor->size * 100.0, trend.floor->runs);
  std::cout << fmt::format("{} nights read in {:.1f} ms; {} experiments, {} boots\n", trend.points.size(), took.count(),
                           life.daemon.experiments.list(100000)->size(), lab.boots_made());
  int named_5 = 0, named_17 = 0, wrong = 0;
  for (const auto& one : trends.investigations(100).value()) {
    if (one.result != "commit named") continue;
    named_5 += one.culprit == culprit_5 ? 1 : 0;
    named_17 += one.culprit == culprit_17 ? 1 : 0;
    wrong += one.culprit != culprit_5 && one.culprit != culprit_17 ? 1 : 0;
  }
  CHECK(named_5 >= 1);
  CHECK(named_17 >= 1);
  CHECK(wrong == 0);
  CHECK(trend.segments.size() == 2);
  CHECK(trend.segments.back().change == "microcode 0x1 -> 0x2");
}
