// SPDX-License-Identifier: GPL-3.0-or-later
// Where time goes, in every format; hostile names stay inside it.
#include <algorithm>
#include <boost/json.hpp>

#include "report/html.hpp"
#include "report/json.hpp"
#include "report/layout.hpp"
#include "report/profile_view.hpp"
#include "report/text.hpp"
#include "tests/report/fixture.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

CaseProfile of_case(const std::string& name, std::int64_t spin, std::int64_t work) {
  CaseProfile out{"workqueue", name, "cpu-clock", 997, 2000, 100, 1000 - spin - work - 100, 40, 960, 0, {}};
  out.symbols = {{"queued_spin_lock_slowpath", "", spin}, {"work", "klab_workqueue", work}};
  return out;
}

ContrastProfile profile() {
  ContrastProfile out;
  out.reference = {"baseline", "11", "", true, {of_case("numa", 460, 100), of_case("cpu", 10, 300)}};
  out.patched = {"patched", "12", "", true, {of_case("numa", 450, 90), of_case("cpu", 9, 310)}};
  out.patched.cases[0].lost = 5;
  return out;
}

Report report() {
  Report report;
  report.provenance.labels = {"TCG"};
  Comparison comparison;
  comparison.reference = "baseline";
  comparison.patched = "patched";
  comparison.profile = profile();
  report.comparisons = {comparison};
  return report;
}

std::string part(const std::string& text) {
  const auto from = text.find("Where time goes");
  REQUIRE(from != std::string::npos);
  return text.substr(from, text.find("\nNumbers\n") - from);
}

TEST_CASE("profile: the text has the hottest functions of both sides, and says what they are worth") {
  CHECK(part(render_text(report())) == R"(Where time goes
---------------
One more boot of each arm, not measured: no number and no verdict above
rests on it.
Sampled by cpu-clock, 997 times a second on each CPU; shares are of the
samples that are not idle.
baseline: boot 11, 4,000 samples, 2,990 of them not idle
patched: boot 12, 4,000 samples, 2,979 of them not idle, 5 more lost

workqueue, all cases together; TCG:

function                   baseline  patched
-------------------------  --------  -------
queued_spin_lock_slowpath     15.7%    15.4%
work [klab_workqueue]         13.4%    13.4%
user code                      6.7%     6.7%

case  its hottest                baseline  patched
----  -------------------------  --------  -------
numa  queued_spin_lock_slowpath     28.4%    28.1%
cpu   work [klab_workqueue]         21.9%    22.5%

  sampled by cpu-clock: an interrupt that waits while interrupts are
    off, so what runs with them off is charged, once, to where they come
    on again: _raw_spin_unlock_irqrestore, or the function it is inlined
    in
  one boot each: a few percent more or less mean nothing; -: not among
    the 64 hottest functions of any case
)");
}

TEST_CASE("profile: samples of a counter that is not held back carry no warning") {
  auto told = profile();
  for (auto* arm : {&told.reference, &told.patched}) {
    arm->waits = false;
    for (auto& entry : arm->cases) entry.method = "cycles";
  }
  REQUIRE(report::profile_limits(told).size() == 1);
  CHECK(report::profile_limits(told)[0].starts_with("one boot each"));
}

TEST_CASE("profile: an arm without one says why, the other is shown") {
  auto made = report();
  auto& arm = made.comparisons[0].profile->patched;
  arm.cases.clear();
  arm.trouble = "crashed: kernel panic: because";
  const auto text = render_text(made);
  CHECK(text.find("\npatched: boot 12, crashed: kernel panic: because\n") != std::string::npos);
  CHECK(text.find("\nqueued_spin_lock_slowpath     15.7%        -\n") != std::string::npos);
  auto& other = made.comparisons[0].profile->reference;
  other = ArmProfile{};
  other.trouble = "its profile is still to come";
  CHECK(part(render_text(made)) ==
        "Where time goes\n---------------\nOne more boot of each arm, not measured: no number and no verdict above\n"
        "rests on it.\nbaseline: its profile is still to come\npatched: boot 12, crashed: kernel panic: because\n");
}

TEST_CASE("profile: eight rows, by the larger share of either side") {
  auto told = profile();
  told.reference.cases.resize(1);
  told.patched.cases.resize(1);
  for (int i = 0; i < 20; ++i)
    (i % 2 ? told.reference : told.patched).cases[0].symbols.push_back({fmt::format("f{:02}", i), "", 200 + 10 * i});
  const auto groups = report::profile_groups(told, 8);
  REQUIRE(groups.size() == 1);
  CHECK(groups[0].cases.empty());
  REQUIRE(groups[0].rows.size() == 8);
  CHECK(groups[0].rows[0].name == "queued_spin_lock_slowpath");
  CHECK(groups[0].rows[1].name == "f19");
  CHECK_FALSE(groups[0].rows[1].patched.has_value());
  CHECK(groups[0].rows[2].name == "f18");
  CHECK_FALSE(groups[0].rows[2].reference.has_value());
}

TEST_CASE("profile: the JSON has every function of every case, and nothing where none was asked for") {
  const auto out = boost::json::parse(render_json(report()));
  const auto& told = out.at("contrasts").at(0).at("profile").at("patched");
  CHECK(told.at("boot") == "12");
  CHECK(told.at("waits") == true);
  CHECK(told.at("cases").at(0).at("lost") == 5);
  CHECK(told.at("cases").at(1).at("symbols").at(1).at("module") == "klab_workqueue");
  CHECK(told.at("cases").at(1).at("symbols").at(1).at("samples") == 310);
  CHECK(render_json(test::workqueue_report()).find("\"profile\"") == std::string::npos);
}

TEST_CASE("profile: the page shows the same, escaped") {
  auto made = report();
  made.comparisons[0].profile->reference.cases[0].symbols[0].symbol = "<b>{{title}}";
  const auto html = render_html(made);
  CHECK(html.find("<th scope=\"row\">&lt;b&gt;{{title}}</th>") != std::string::npos);
  CHECK(html.find("<h3>Where time goes</h3>") != std::string::npos);
  CHECK(html.find("<td class=\"number\">28.4%</td>") != std::string::npos);
  CHECK(render_html(test::workqueue_report()).find("Where time goes") == std::string::npos);
}

TEST_CASE("profile: hostile names neither break a line nor reach a terminal") {
  auto made = report();
  for (auto* arm : {&made.comparisons[0].profile->reference, &made.comparisons[0].profile->patched}) {
    arm->label = arm->boot = arm->trouble = test::hostile();
    for (auto& entry : arm->cases) {
      entry.workload = entry.case_name = entry.method = test::hostile();
      for (auto& symbol : entry.symbols) symbol.symbol = symbol.module = test::hostile();
    }
  }
  const auto text = render_text(made);
  for (const auto& line : split_lines(text)) CHECK(report::columns(line) <= 72);
  CHECK(text == printable_lines(text));
  CHECK(render_html(made).find("<script") == std::string::npos);
  CHECK_NOTHROW(boost::json::parse(render_json(made)));
}

}  // namespace
}  // namespace klab
