// SPDX-License-Identifier: GPL-3.0-or-later
// Each file of tests/data/console is a console log that opens with what must be seen in it:
//   # title: the crash's title, or "none"
//   # outcome, # kind, # function, # stage: checked when given
//   # lines: of the crash, "3-12", counted without this head
//   # stamps: own, when the log has time stamps already
//   # recorded: title of a report that is not fatal; repeated, in order
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "console/watcher.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

using namespace klab;

namespace {

struct Fixture {
  std::string file;
  std::map<std::string, std::string> expected;
  std::vector<std::string> recorded;
  std::string log;
};

Fixture load(const std::filesystem::path& path) {
  Fixture fixture;
  fixture.file = path.filename().string();
  std::string text = read_file(path).value();
  while (text.starts_with("# ")) {
    const std::string line = text.substr(2, text.find('\n') - 2);
    text.erase(0, text.find('\n') + 1);
    const auto colon = line.find(": ");
    const std::string key = line.substr(0, colon), value = line.substr(colon + 2);
    if (key == "recorded")
      fixture.recorded.push_back(value);
    else
      fixture.expected[key] = value;
  }
  fixture.log = text;
  return fixture;
}

std::vector<Fixture> all_fixtures() {
  std::vector<Fixture> fixtures;
  for (const auto& entry : std::filesystem::directory_iterator(KLAB_TEST_DATA "/console"))
    if (entry.path().extension() == ".txt") fixtures.push_back(load(entry.path()));
  return fixtures;
}

void check(const Fixture& fixture, std::string_view log, std::size_t chunk, const char* how) {
  ConsoleWatcher watcher;
  for (std::size_t at = 0; at < log.size(); at += chunk)
    watcher.feed(log.substr(at, chunk), ConsoleWatcher::TimePoint());
  watcher.finish();
  INFO(fixture.file << ", " << how);
  std::map<std::string, std::string> seen{{"title", "none"}, {"stage", std::string(name(watcher.stage()))}};
  if (const auto& crash = watcher.crash()) {
    seen["title"] = crash->title;
    seen["outcome"] = name(crash->outcome);
    seen["kind"] = crash->kind;
    seen["function"] = crash->function;
    seen["lines"] = fmt::format("{}-{}", crash->first_line, crash->last_line);
    CHECK(crash->complete);
    CHECK(crash->first_line <= crash->last_line);
    CHECK(crash->excerpt.find('\x1b') == std::string::npos);
  }
  for (const auto& [key, value] : fixture.expected) {
    if (key == "stamps") continue;
    INFO(key);
    CHECK(seen[key] == value);
  }
  std::vector<std::string> recorded;
  for (const Crash& report : watcher.recorded()) recorded.push_back(report.title);
  CHECK(recorded == fixture.recorded);
}

std::string with_carriage_returns(std::string_view log) {
  std::string result;
  for (const std::string& line : split_lines(log)) result += line + "\r\n";
  return result;
}

std::string with_time_stamps(std::string_view log) {
  std::string result;
  for (const std::string& line : split_lines(log))
    result += "\x1b[32m[  123.456789][   T42]\x1b[0m " + line + "\n";
  return result;
}

}  // namespace

TEST_CASE("each fixture is read as it says", "[console]") {
  const std::vector<Fixture> fixtures = all_fixtures();
  REQUIRE(fixtures.size() >= 120);
  for (const Fixture& fixture : fixtures) {
    REQUIRE(fixture.expected.count("title") == 1);
    check(fixture, fixture.log, fixture.log.size(), "whole");
    check(fixture, fixture.log, 1, "byte by byte");
    check(fixture, with_carriage_returns(fixture.log), 7, "with carriage returns");
    // A log that has time stamps already keeps its own; a program's line must not get one.
    if (fixture.expected.count("stamps") == 0)
      check(fixture, with_time_stamps(fixture.log), 61, "with time stamps, caller ids and colours");
  }
}
