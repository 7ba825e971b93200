// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/b4_check.hpp"

#include <boost/json.hpp>

#include "tests/report/mail_fixture.hpp"

namespace klab {
namespace {

using namespace klab::test;

// As b4 0.15 reads it: an array of objects with these fields, all text, a status of three.
boost::json::object entry(const MailSource& source, const std::string& url = "") {
  const auto value = boost::json::parse(render_b4_check(source, url));
  REQUIRE(value.is_array());
  REQUIRE(value.as_array().size() == 1);
  auto object = value.as_array()[0].as_object();
  for (const auto& [key, field] : object) {
    const std::string name(key);
    CHECK((name == "tool" || name == "status" || name == "summary" || name == "url" || name == "details"));
    CHECK(field.is_string());
  }
  const std::string status(object.at("status").as_string());
  CHECK((status == "pass" || status == "warn" || status == "fail"));
  CHECK(object.at("summary").as_string().find('\n') == boost::json::string::npos);
  // JSON there would be taken for a list of findings.
  boost::system::error_code ec;
  boost::json::parse(object.at("details").as_string(), ec);
  CHECK(ec);
  return object;
}

std::string status(const MailSource& source) { return std::string(entry(source).at("status").as_string()); }
std::string summary(const MailSource& source) { return std::string(entry(source).at("summary").as_string()); }

}  // namespace

TEST_CASE("b4 check: the whole answer") {
  Mailed mailed;
  auto& comparison = mailed.report.comparisons[0];
  comparison.rows = {comparison.rows[4]};
  CHECK(render_b4_check(mailed.source(), "http://lab.example.org:8080/experiments/17") ==
        "[{\"tool\":\"klab\",\"status\":\"pass\",\"summary\":\"1 row: 1 improved; TCG, overcommitted\","
        "\"url\":\"http://lab.example.org:8080/experiments/17\",\"details\":" +
            boost::json::serialize(boost::json::string(entry(mailed.source()).at("details").as_string())) + "}]\n");
  CHECK_FALSE(entry(mailed.source()).contains("url"));
  CHECK(render_b4_nothing() == "[]\n");
}

TEST_CASE("b4 check: fresh boots decide, in the status and in the summary") {
  Mailed mailed;
  auto& rows = mailed.report.comparisons[0].rows;
  rows = {rows[0]};
  rows[0].verdict = Verdict::suggestive;
  rows[0].effect = Effect{true, 0.8, 0.7, 0.9, 0.97};
  CHECK(status(mailed.source()) == "warn");
  mailed.report.confirmation = {mailed.report};
  mailed.report.confirmation_outcome = Outcome::ok;
  auto& fresh = mailed.report.confirmation[0].comparisons[0].rows[0];
  fresh.verdict = Verdict::no_change;
  CHECK(status(mailed.source()) == "pass");  // refuted
  CHECK(summary(mailed.source()) == "fresh boots: 1 row: 1 no change; TCG, overcommitted");
  fresh.verdict = Verdict::suggestive;
  CHECK(status(mailed.source()) == "warn");
  fresh.verdict = Verdict::regressed;
  CHECK(status(mailed.source()) == "fail");
  mailed.report.confirmation.clear();
  mailed.report.confirmation_outcome = Outcome::crashed;
  mailed.report.confirmation_note = "fresh boots of all arms were experiment 18, which ended as crashed";
  CHECK(status(mailed.source()) == "fail");
  CHECK(summary(mailed.source()) == "fresh boots of all arms were experiment 18, which ended as crashed");
  mailed.report.confirmation_outcome = Outcome::cancelled;
  CHECK(status(mailed.source()) == "warn");
}

TEST_CASE("b4 check: what passes, what warns, what fails") {
  Mailed mailed;
  CHECK(status(mailed.source()) == "fail");  // smt has regressed
  CHECK(summary(mailed.source()) == "10 rows: 4 improved, 1 regressed, 1 below threshold, 1 no change, 3 within noise; TCG, overcommitted");
  auto& rows = mailed.report.comparisons[0].rows;
  rows[1].verdict = Verdict::suggestive;
  CHECK(status(mailed.source()) == "warn");  // for the worse
  rows[1].effect = Effect{true, 1.2, 1.1, 1.3, 0.97};
  CHECK(status(mailed.source()) == "pass");
  auto source = mailed.source();
  source.outcome.reset();
  source.boots_done = 3;
  CHECK(status(source) == "warn");
  CHECK(summary(source) == "running, 3 of 10 boots");
  source.outcome = Outcome::apply_failed;
  source.message = "cannot apply \"a\nb\"";
  CHECK(status(source) == "fail");
  CHECK(summary(source) == "apply-failed: cannot apply \"a b\"");
  source.outcome = Outcome::lab_error;
  CHECK(status(source) == "warn");
  mailed.report.comparisons[0].patched_failed = 5;
  CHECK(status(mailed.source()) == "fail");
  mailed.report = hostile_report();
  CHECK(status(mailed.source()) == "fail");
}

}  // namespace klab
