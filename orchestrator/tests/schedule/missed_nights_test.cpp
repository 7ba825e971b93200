// SPDX-License-Identifier: GPL-3.0-or-later
// Nights of which no row tells, as gaps of a trend.
#include "schedule/missed_nights.hpp"

#include <catch2/catch.hpp>

#include "config/matrix_parts.hpp"
#include "pipeline/trend_data.hpp"
#include "schedule/nightly_clock.hpp"
#include "tests/schedule/cheap_lab.hpp"
#include "tests/store/trend_rows.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

double when(const std::string& text) { return parse_local_time(text).value(); }

const std::string daily = "[nightly]\nat = \"02:00\"\n";
const std::string mondays = "[nightly]\nat = \"02:00\"\ndays = [\"mon\"]\n";  // 2026-11-02 is one
const std::string weekends = "[nightly]\nat = \"02:00\"\ndays = [\"sat\", \"sun\"]\n";

// A matrix's nights, numbered from 1, by the clock unless they are by hand.
struct Calendar {
  Calendar& add(const std::string& start, const std::string& definition = daily, bool by_hand = false) {
    Night night;
    night.id = static_cast<std::int64_t>(nights.size()) + 1;
    night.started = when(start) + 0.01;
    night.date = local_date(night.started);
    night.definition = definition;
    night.by_hand = by_hand;
    nights.push_back(night);
    of_cell.insert(night.id);
    return *this;
  }
  Calendar& without_cell() {
    of_cell.erase(nights.back().id);
    return *this;
  }
  // "after 2: 2026-11-03 to 2026-11-05, 3 nights: no night began; "
  std::string missed(const std::optional<FileNow>& file = std::nullopt) const {
    std::string out;
    for (const auto& [after, gap] : missed_nights(nights, of_cell, file)) {
      CHECK_FALSE(gap.value);
      CHECK(gap.night_cell == 0);
      out += fmt::format("after {}: {} to {}, {} nights: {}; ", after, gap.date, gap.until, gap.nights, gap.missing);
    }
    return out;
  }
  std::vector<Night> nights;
  std::set<std::int64_t> of_cell;
};

TrendPoint point_of(std::int64_t night, double estimate) {
  TrendPoint point;
  point.night = night;
  point.night_cell = 100 + night;
  if (estimate != 0.0) point.value.emplace().estimate = estimate;
  return point;
}

}  // namespace

TEST_CASE("missed nights: starts that nobody made are one gap between two nights") {
  CHECK(Calendar().missed().empty());
  CHECK(Calendar().add("2026-11-01 02:00").add("2026-11-02 02:00").add("2026-11-03 02:00").missed().empty());
  const auto fortnight = Calendar().add("2026-11-01 02:00").add("2026-11-02 02:00").add("2026-11-16 02:00").add("2026-11-18 02:00");
  CHECK(fortnight.missed() ==
        "after 2: 2026-11-03 to 2026-11-15, 13 nights: no night began; after 3: 2026-11-17 to 2026-11-17, 1 nights: no night began; ");
  CHECK(Calendar().add("2025-01-01 02:00").add("2026-01-01 02:00").missed() ==
        "after 1: 2025-01-02 to 2025-12-31, 364 nights: no night began; ");
  // A night that began late, or had to wait for the one before, was made all the same.
  CHECK(Calendar().add("2026-11-01 02:00").add("2026-11-02 02:40").add("2026-11-03 02:00").missed().empty());
}

TEST_CASE("missed nights: only days of the schedule are due") {
  CHECK(Calendar().add("2026-11-02 02:00", mondays).add("2026-11-09 02:00", mondays).missed().empty());
  CHECK(Calendar().add("2026-11-02 02:00", mondays).add("2026-11-30 02:00", mondays).missed() ==
        "after 1: 2026-11-09 to 2026-11-23, 3 nights: no night began; ");
  // The file was changed at some time between the two: what is due by one of them alone need not have been.
  CHECK(Calendar().add("2026-11-01 02:00").add("2026-11-16 02:00", mondays).missed() ==
        "after 1: 2026-11-02 to 2026-11-09, 2 nights: no night began; ");
  CHECK(Calendar().add("2026-11-02 02:00", mondays).add("2026-11-21 02:00", weekends).missed().empty());
  // Nor does another time of day make a night of the same day a second one.
  const std::string afternoons = "[nightly]\nat = \"14:00\"\n";
  CHECK(Calendar().add("2026-11-01 02:00").add("2026-11-02 14:00", afternoons).add("2026-11-03 14:00", afternoons).missed().empty());
}

TEST_CASE("missed nights: without a schedule none is due, and a night by hand is none of them") {
  CHECK(Calendar().add("2026-11-01 02:00", "").add("2026-11-20 02:00", "").missed().empty());
  CHECK(Calendar().add("2026-11-01 02:00", "").add("2026-11-20 02:00").missed().empty());
  CHECK(Calendar().add("2026-11-01 02:00").add("2026-11-20 02:00", "[nightly]\nat = \"25:00\"\n").missed().empty());
  CHECK(Calendar().add("2026-11-01 02:00").add("2026-11-01 12:00", daily, true).add("2026-11-02 02:00").missed().empty());
  CHECK(Calendar().add("2026-11-01 02:00").add("2026-11-03 12:00", daily, true).add("2026-11-05 02:00").missed() ==
        "after 1: 2026-11-02 to 2026-11-03, 2 nights: no night began; after 2: 2026-11-04 to 2026-11-04, 1 nights: no night began; ");
  // It had to wait for the one by hand.
  CHECK(Calendar().add("2026-11-01 02:00").add("2026-11-02 02:10", daily, true).add("2026-11-02 02:50").missed().empty());
}

TEST_CASE("missed nights: those in which the cell was not") {
  auto nights = Calendar();
  nights.add("2026-11-01 02:00").add("2026-11-02 02:00").without_cell().add("2026-11-03 02:00").without_cell().add("2026-11-04 02:00");
  CHECK(nights.missed() == "after 2: 2026-11-02 to 2026-11-03, 2 nights: the matrix did not have the cell; ");
  CHECK(missed_nights(nights.nights, nights.of_cell, {}).front().gap.night == 0);
  nights.of_cell.insert(2);
  CHECK(missed_nights(nights.nights, nights.of_cell, {}).front().gap.night == 3);
  nights = Calendar();
  nights.add("2026-11-01 02:00").add("2026-11-02 02:00").without_cell().add("2026-11-04 02:00").without_cell().add("2026-11-05 02:00");
  CHECK(nights.missed() == "after 2: 2026-11-02 to 2026-11-02, 1 nights: the matrix did not have the cell; "
                           "after 2: 2026-11-03 to 2026-11-03, 1 nights: no night began; "
                           "after 3: 2026-11-04 to 2026-11-04, 1 nights: the matrix did not have the cell; ");
  // By hand, too, and without a schedule.
  CHECK(Calendar().add("2026-11-01 12:00", "", true).add("2026-11-02 12:00", "", true).without_cell().add("2026-11-03 12:00", "", true).missed() ==
        "after 2: 2026-11-02 to 2026-11-02, 1 nights: the matrix did not have the cell; ");
}

TEST_CASE("missed nights: behind the newest, those that cannot be made up for") {
  const auto nights = Calendar().add("2026-11-01 02:00");
  const auto schedule = nightly_of(daily).value();
  CHECK(nights.missed(FileNow{when("2026-11-03 02:59"), schedule}) == "after 1: 2026-11-02 to 2026-11-02, 1 nights: no night began; ");
  CHECK(nights.missed(FileNow{when("2026-11-03 03:00"), schedule}) == "after 1: 2026-11-02 to 2026-11-03, 2 nights: no night began; ");
  // A file that cannot be read is due what it was; one that is due other days now, those only.
  CHECK(nights.missed(FileNow{when("2026-11-02 12:00"), {}}) == "after 1: 2026-11-02 to 2026-11-02, 1 nights: no night began; ");
  CHECK(nights.missed(FileNow{when("2026-11-08 12:00"), nightly_of(weekends).value()}) ==
        "after 1: 2026-11-07 to 2026-11-08, 2 nights: no night began; ");
  const auto patient = Calendar().add("2026-11-01 02:00", "[nightly]\nat = \"02:00\"\nbudget = \"6h\"\n");
  CHECK(patient.missed(FileNow{when("2026-11-02 07:59"), {}}).empty());
}

TEST_CASE("missed nights: points and segments move, and nothing else") {
  Trend trend;
  trend.points = {point_of(1, 1.0), point_of(2, 0.0), point_of(5, 1.1), point_of(6, 1.2)};
  trend.segments = {{0, 0, ""}, {2, 3, "microcode 1 -> 2"}};
  MissedNights first{2, {}}, second{4, {}}, last{6, {}};
  first.gap.nights = 13;
  auto untouched = trend;
  insert_gaps(untouched, {});
  CHECK(untouched.points.size() == 4);
  insert_gaps(trend, {first, second, last});
  REQUIRE(trend.points.size() == 7);
  std::string nights;
  for (const auto& point : trend.points) nights += fmt::format("{} ", point.night);
  CHECK(nights == "1 2 0 0 5 6 0 ");
  CHECK(trend.segments[0].last == 0);
  CHECK(trend.segments[1].first == 4);
  CHECK(trend.segments[1].last == 5);
  CHECK(trend.segments[1].change == "microcode 1 -> 2");
  CHECK(gaps_of(trend.points) == 16);
  CHECK(nights_of(trend.points) == 19);
}

namespace {

// Nights as rows, each with a point of the cell, if it was in it.
struct Place {
  std::int64_t night(const std::string& start, bool with_cell = true, double estimate = 1.0) {
    const auto id = add_night(database, "m", start.substr(0, 10), when(start));
    execute(database.connection(), "UPDATE night SET definition = ? WHERE id = ?", daily, id);
    if (!with_cell) return id;
    const auto of_cell = add_night_cell(database, id, cell, "done");
    TrendValue value;
    value.estimate = estimate;
    REQUIRE(daemon.trends.set_points(of_cell, {{row, value}}).has_value());
    return id;
  }
  Cell place() { return daemon.nights.cell(cell).value(); }

  TemporaryDirectory directory = scratch();
  CheapLab lab{directory.path()};
  Database database = Database::open(lab.config.database()).value();
  CheapDaemon daemon{lab, database};
  std::int64_t cell = add_cell(database, "m", "c");
  const RowKey row{"tiny", "a", "time"};
};

}  // namespace

TEST_CASE("missed nights: people are shown them, the analysis is not") {
  Place p;
  p.night("2026-11-01 02:00");
  p.night("2026-11-02 02:00");
  p.night("2026-11-16 02:00");
  p.night("2026-11-17 02:00", false);
  p.night("2026-11-18 02:00");
  const auto shown = shown_trend(p.daemon.lab, p.place(), p.row).value();
  REQUIRE(shown.points.size() == 6);
  CHECK(shown.points[2].missing == "no night began");
  CHECK(shown.points[2].nights == 13);
  CHECK(shown.points[4].missing == "the matrix did not have the cell");
  CHECK(shown.points[4].night == 4);
  CHECK(gaps_of(shown.points) == 14);
  REQUIRE(shown.segments.size() == 1);
  CHECK(shown.segments[0].last == 5);
  CHECK(shown_trends(p.daemon.lab, p.place()).value().at(0).points.size() == 6);
  // The newest nights only, and what is missing between those.
  CHECK(gaps_of(shown_trend(p.daemon.lab, p.place(), p.row, 2)->points) == 1);
  CHECK(read_trend(p.daemon.lab, p.place(), p.row)->points.size() == 4);
  CHECK(shown_trends(p.daemon.lab, p.place())->at(0).segments[0].last == 5);
}

TEST_CASE("missed nights: the file says whether more were due since; a cell that the matrix has lost misses none") {
  Place p;
  p.lab.config.matrices_directory = p.directory.path() / "matrices";
  p.daemon.lab.now = [] { return when("2026-11-05 12:00"); };
  p.night("2026-11-01 02:00");
  p.night("2026-11-02 02:00");
  const auto gaps = [&] { return gaps_of(shown_trend(p.daemon.lab, p.place(), p.row)->points); };
  CHECK(gaps() == 0);  // it has no file
  write(p.lab.config.matrices_directory / "m.toml", daily);
  CHECK(gaps() == 3);
  write(p.lab.config.matrices_directory / "m.toml", "[nightly");
  CHECK(gaps() == 3);
  write(p.lab.config.matrices_directory / "m.toml", "boots = 5\n");
  CHECK(gaps() == 0);
  write(p.lab.config.matrices_directory / "m.toml", daily);
  p.night("2026-11-03 02:00", false);
  CHECK(gaps() == 0);
}
