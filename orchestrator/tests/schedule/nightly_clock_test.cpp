// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/nightly_clock.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

#include "util/text.hpp"

using namespace klab;

namespace {

// The process's zone for as long as it lives.
struct Zone {
  explicit Zone(const char* name) {
    if (const char* value = std::getenv("TZ")) before = value;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    if (before) ::setenv("TZ", before->c_str(), 1);
    else ::unsetenv("TZ");
    ::tzset();
  }
  std::optional<std::string> before;
};

// The rule stands in the name, so that no zone files are needed.
constexpr const char* berlin = "CET-1CEST,M3.5.0,M10.5.0/3";

NightlySchedule at(int hour, int minute) {
  NightlySchedule schedule;
  schedule.hour = hour;
  schedule.minute = minute;
  return schedule;
}
double when(const std::string& text) { return parse_local_time(text).value(); }

}  // namespace

TEST_CASE("nightly clock: the next start is tonight's or tomorrow's") {
  Zone zone(berlin);
  CHECK(local_time(next_start(at(2, 0), when("2026-11-21 01:59"))) == "2026-11-21 02:00");
  CHECK(local_time(next_start(at(2, 0), when("2026-11-21 02:00"))) == "2026-11-22 02:00");
  CHECK(local_time(next_start(at(23, 59), when("2026-12-31 23:59") + 1)) == "2027-01-01 23:59");
  CHECK(local_time(next_start(at(0, 0), when("2026-11-21 00:00") - 0.5)) == "2026-11-21 00:00");
  CHECK(local_time(latest_start(at(2, 0), when("2026-11-21 02:00"))) == "2026-11-21 02:00");
  CHECK(local_time(latest_start(at(2, 0), when("2026-11-21 02:00") - 1)) == "2026-11-20 02:00");
  CHECK(local_date(when("2026-11-21 00:00")) == "2026-11-21");
}

TEST_CASE("nightly clock: days") {
  Zone zone(berlin);
  auto schedule = at(2, 0);
  schedule.days = {false, false, false, false, true, false, false};  // Friday; 2026-11-21 is a Saturday
  CHECK(local_time(next_start(schedule, when("2026-11-21 12:00"))) == "2026-11-27 02:00");
  CHECK(local_time(latest_start(schedule, when("2026-11-21 12:00"))) == "2026-11-20 02:00");
  CHECK(local_time(next_start(schedule, when("2026-11-27 02:00"))) == "2026-12-04 02:00");
}

TEST_CASE("nightly clock: a start in the hour that the clock skips is made right after it") {
  Zone zone(berlin);  // 2026-03-29, 02:00 becomes 03:00
  const double start = next_start(at(2, 30), when("2026-03-29 00:00"));
  CHECK(local_time(start) == "2026-03-29 03:00");
  CHECK(local_time(start - 60) == "2026-03-29 01:59");
  CHECK(local_time(next_start(at(2, 30), start)) == "2026-03-30 02:30");
  CHECK(latest_start(at(2, 30), start + 7200) == start);
}

TEST_CASE("nightly clock: an hour that the clock shows twice has one start") {
  Zone zone(berlin);  // 2026-10-25, 03:00 becomes 02:00
  const double start = next_start(at(2, 30), when("2026-10-25 00:00"));
  CHECK(start == when("2026-10-25 00:00") + 9000);
  CHECK(local_time(start + 3600) == "2026-10-25 02:30");
  CHECK(local_time(next_start(at(2, 30), start)) == "2026-10-26 02:30");
  CHECK(latest_start(at(2, 30), start + 3600) == start);
  CHECK(next_start(at(2, 30), start + 3599) == next_start(at(2, 30), start));
}

TEST_CASE("nightly clock: a year has a start on every day, each a day after the one before") {
  for (const char* name : {berlin, "UTC0", "LHST-10:30LHDT-11,M10.1.0,M4.1.0", "IST-5:30"}) {
    Zone zone(name);
    double start = when("2026-01-01 00:00");
    std::string date = "2025-12-31";
    for (int day = 0; day < 365; ++day) {
      start = next_start(at(2, 15), start);
      CHECK(local_date(start) > date);
      date = local_date(start);
    }
    CHECK(date == "2026-12-31");
  }
}

TEST_CASE("nightly clock: a start that was missed is made up for within its window") {
  Zone zone(berlin);
  auto schedule = at(2, 0);
  const double start = when("2026-11-21 02:00");
  const double long_ago = 0.0;
  CHECK_FALSE(due_start(schedule, start - 1, start - 86400, long_ago));
  CHECK(due_start(schedule, start, start - 86400, long_ago) == start);
  CHECK_FALSE(due_start(schedule, start + 5, start + 1, long_ago));
  CHECK(due_start(schedule, start + 3599, start - 86400, long_ago) == start);
  CHECK_FALSE(due_start(schedule, start + 3600, start - 86400, long_ago));
  schedule.budget = 6 * 3600.0;
  CHECK(due_start(schedule, start + 3600, std::nullopt, long_ago) == start);
  CHECK_FALSE(due_start(schedule, start + 6 * 3600, std::nullopt, long_ago));
  // A file written in the morning does not begin last night.
  CHECK_FALSE(due_start(schedule, start + 3600, std::nullopt, start + 60));
}
