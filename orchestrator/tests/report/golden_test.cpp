// SPDX-License-Identifier: GPL-3.0-or-later
// Whole content of every format, for a report with every kind of row and one with every oddity.
#include "report/csv.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/text.hpp"
#include "tests/report/fixture.hpp"

namespace klab {
namespace {

void check(const std::string& file, const std::string& actual) {
  CHECK(actual == test::golden(file, actual));
}

TEST_CASE("a workqueue comparison in every format") {
  const Report report = test::workqueue_report();
  check("workqueue.txt", render_text(report));
  check("workqueue.html", render_html(report));
  check("workqueue.json", render_json(report));
  check("workqueue.csv", render_csv(report));
}

TEST_CASE("two contrasts with failed boots, a difference and too few boots in every format") {
  const Report report = test::odd_report();
  check("odd.txt", render_text(report));
  check("odd.html", render_html(report));
  check("odd.json", render_json(report));
  check("odd.csv", render_csv(report));
}

TEST_CASE("the same variants on two machines stand side by side") {
  const Report report = test::two_machines_report();
  check("two_machines.txt", render_text(report));
  check("two_machines.html", render_html(report));
}

TEST_CASE("a report without contrasts says so") {
  CHECK(render_text(Report{}) == "\nNo contrasts: nothing was compared.\n");
  CHECK(render_html(Report{}).find("<p>No contrasts: nothing was compared.</p>") != std::string::npos);
  CHECK(render_json(Report{}) ==
        "{\n"
        "  \"format\": \"klab-report\",\n"
        "  \"version\": 1,\n"
        "  \"exit_code\": 3,\n"
        "  \"provenance\": {\n"
        "    \"title\": \"\",\n"
        "    \"experiment\": null,\n"
        "    \"labels\": [],\n"
        "    \"facts\": []\n"
        "  },\n"
        "  \"contrasts\": []\n"
        "}\n");
  const std::string csv = render_csv(Report{});
  CHECK(csv.starts_with("contrast,baseline,patched,workload,case,metric,"));
  CHECK(csv.find("\r\n") == csv.size() - 2);
}

TEST_CASE("a contrast without rows says so") {
  Report report;
  Comparison comparison;
  comparison.reference = "baseline";
  comparison.patched = "patched";
  comparison.reference_boots = 5;
  comparison.patched_failed = 5;
  comparison.order = BootOrder::balanced;
  comparison.labellings = 174;
  comparison.seed = 3;
  report.comparisons = {comparison};
  CHECK(render_text(report) ==
        "\n"
        "baseline vs patched\n"
        "===================\n"
        "5 + 0 boots with results\n"
        "balanced random order, seed 3; p-values over all 174 labellings\n"
        "practical threshold 2 %; no row has a family p\n"
        "failed boots 0/5 vs 5/5\n"
        "\n"
        "No rows: no boot gave a result that could be compared.\n"
        "\n"
        "Numbers\n"
        "  change: median of all ratios between a patched and a baseline boot,\n"
        "    less 1; not the ratio of the medians\n"
        "  family p: held over all primary rows of the contrast; row p: this row\n"
        "    alone\n"
        "  CV: standard deviation over mean of the boots\n");
  CHECK(render_html(report).find("<p class=\"failed regressed\">failed boots 0/5 vs 5/5</p>") !=
        std::string::npos);
}

}  // namespace
}  // namespace klab
