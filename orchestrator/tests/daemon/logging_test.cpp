// SPDX-License-Identifier: GPL-3.0-or-later
#include "daemon/logging.hpp"

#include <catch2/catch.hpp>

using namespace klab;

TEST_CASE("logging: a line of JSON says when, how grave, what, and whom it is about") {
  CHECK(json_log_line(1'000'000'000.25, 2, "experiment 12: slot 3 (base): ok") ==
        R"({"time":"2001-09-09T01:46:40.250Z","level":"info","message":"experiment 12: slot 3 (base): ok","experiment":12})");
  CHECK(json_log_line(1'000'000'000.0, 3, "host host1: quarantined: no power") ==
        R"({"time":"2001-09-09T01:46:40.000Z","level":"warning","message":"host host1: quarantined: no power","host":"host1"})");
  CHECK(json_log_line(0.0, 4, "experiment of mine") == R"({"time":"1970-01-01T00:00:00.000Z","level":"error","message":"experiment of mine"})");
}

TEST_CASE("logging: what others wrote cannot make a second line, nor speak to a terminal") {
  const auto line = json_log_line(0.0, 2, "title \"x\"\n{\"level\":\"error\"}\x1b[31m\xff");
  CHECK(line.find('\n') == line.npos);
  CHECK(line.find('\x1b') == line.npos);
  CHECK(line.find(R"(title \"x\" {\"level\":\"error\"})") != line.npos);
  CHECK(journal_log_line(2, "a\n<0>b") == "<6>a <0>b");
}

TEST_CASE("logging: the journal gets a priority and no time") {
  CHECK(journal_log_line(3, "gc: disk full") == "<4>gc: disk full");
  CHECK(journal_log_line(4, "x") == "<3>x");
  CHECK(log_format_from_name("journal") == LogFormat::journal);
  CHECK_FALSE(log_format_from_name("xml"));
}
