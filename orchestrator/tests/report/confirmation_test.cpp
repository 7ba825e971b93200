// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/confirmation.hpp"

#include "report/csv.hpp"
#include "report/exit_code.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/text.hpp"
#include "tests/report/fixture.hpp"

using namespace klab;
using namespace klab::report;

namespace {

ComparisonRow row(Verdict verdict, double estimate, double family_p) {
  ComparisonRow out = test::workqueue_rows().front();
  out.verdict = verdict;
  out.effect = Effect{true, estimate, estimate - 0.01, estimate + 0.01, 0.9683};
  out.family_p = family_p;
  return out;
}

Report with(const ComparisonRow& only, const std::string& experiment) {
  Report report = test::workqueue_report();
  report.provenance.experiment = experiment;
  report.comparisons.front().rows = {only};
  return report;
}

}  // namespace

TEST_CASE("confirmation: wanted where a verdict is suggestive or near its threshold") {
  CHECK(wants_confirmation(row(Verdict::suggestive, 1.10, 0.2), 0.02));
  CHECK(wants_confirmation(row(Verdict::improved, 1.024, 0.01), 0.02));
  CHECK_FALSE(wants_confirmation(row(Verdict::improved, 1.03, 0.01), 0.02));
  CHECK(wants_confirmation(row(Verdict::improved, 1.10, 0.03), 0.02));
  CHECK(wants_confirmation(row(Verdict::significant_below_threshold, 1.016, 0.01), 0.02));
  CHECK_FALSE(wants_confirmation(row(Verdict::significant_below_threshold, 1.005, 0.03), 0.02));
  CHECK_FALSE(wants_confirmation(row(Verdict::no_change, 1.019, 0.9), 0.02));
  CHECK_FALSE(wants_confirmation(row(Verdict::within_noise, 1.10, 0.06), 0.02));
  auto noisy = row(Verdict::improved, 1.11, 0.01);
  CHECK_FALSE(wants_confirmation(noisy, 0.02));
  noisy.floor = NoiseFloor{0.10, 20};
  CHECK(wants_confirmation(noisy, 0.02));
  noisy.metric.primary = false;
  CHECK_FALSE(wants_confirmation(noisy, 0.02));
}

TEST_CASE("confirmation: both runs are shown, with what became of each row") {
  Report report = with(row(Verdict::suggestive, 1.05, 0.2), "17");
  CHECK(exit_code(report) == 0);
  CHECK(confirmation_lines(report) ==
        std::vector<std::string>{});
  report.confirmation_note = "experiment 18, fresh boots of both arms, is measuring";
  CHECK(confirmation_lines(report) == std::vector<std::string>{"experiment 18, fresh boots of both arms, is measuring"});
  report.confirmation_note.clear();
  const auto said = [&](Verdict verdict, double estimate) {
    report.confirmation = {with(row(verdict, estimate, 0.01), "18")};
    return confirmation_lines(report).at(0);
  };
  CHECK(said(Verdict::improved, 1.06) == "cpu, throughput: suggestive (+5.0%), in fresh boots improved (+6.0%): confirmed");
  CHECK(said(Verdict::suggestive, 1.06) == "cpu, throughput: suggestive (+5.0%), in fresh boots suggestive (+6.0%): not settled");
  CHECK(said(Verdict::significant_below_threshold, 1.01) ==
        "cpu, throughput: suggestive (+5.0%), in fresh boots significant, below threshold (+1.0%): confirmed, below threshold");
  CHECK(said(Verdict::within_noise, 1.01) ==
        "cpu, throughput: suggestive (+5.0%), in fresh boots within boot-to-boot noise (+1.0%): not confirmed");
  CHECK(said(Verdict::regressed, 0.9) == "cpu, throughput: suggestive (+5.0%), in fresh boots regressed (-10.0%): contradicted");
  // The confirmation decides.
  CHECK(exit_code(report) == 1);
  const auto text = render_text(report);
  CHECK(text.find("experiment 17; ") < text.find("Confirmation\n============\n"));
  CHECK(text.find("experiment 18; ") > text.find("Confirmation\n"));
  const auto html = render_html(report);
  CHECK(html.find("are experiment 18; the two are never pooled.") != std::string::npos);
  const auto json = render_json(report);
  CHECK(json.find("\"experiment\": \"18\"") != std::string::npos);
  const auto csv = render_csv(report);
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 3);
}

TEST_CASE("noise floors stand in every format, and only where there are any") {
  Report report = test::workqueue_report();
  CHECK(render_text(report).find("floor") == std::string::npos);
  report.comparisons.front().rows[0].floor = NoiseFloor{0.031, 20};
  report.comparisons.front().rows[1].floor = NoiseFloor{0.012, 7};
  const auto text = render_text(report);
  CHECK(text.find("practical threshold 2 %, or the row's noise floor where that is larger;") != std::string::npos);
  CHECK(text.find("  noise\n") != std::string::npos);
  CHECK(text.find("  3.1%\n") != std::string::npos);
  CHECK(text.find("  noise floor: what equal kernels differ by on this host, the 95th\n    percentile over 7 to 20 A/A runs\n") !=
        std::string::npos);
  std::size_t widest = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) widest = std::max(widest, text.find('\n', at) - at);
  CHECK(widest <= 72);
  CHECK(render_html(report).find("<small>noise floor 3.1% (20 A/A runs)</small>") != std::string::npos);
  CHECK(render_json(report).find("\"noise_floor\": {\"kind\": \"ratio\", \"size\": 0.031, \"runs\": 20}") != std::string::npos);
  CHECK(render_csv(report).find(",17,0.031\r\n") != std::string::npos);
}
