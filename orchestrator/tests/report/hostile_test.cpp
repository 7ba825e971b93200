// SPDX-License-Identifier: GPL-3.0-or-later
// Names and notes come from mails, kernels and guests: none of them may break out of its format.
#include <algorithm>
#include <boost/json.hpp>

#include "report/csv.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/layout.hpp"
#include "report/text.hpp"
#include "tests/report/fixture.hpp"
#include "util/random.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

std::size_t widest(const std::string& text) {
  std::size_t most = 0;
  for (const auto& line : split_lines(text)) most = std::max(most, report::columns(line));
  return most;
}

bool has_control(const std::string& text, std::string_view allowed) {
  return std::any_of(text.begin(), text.end(), [&](unsigned char c) {
    return (c < 0x20 || c == 0x7F) && allowed.find(static_cast<char>(c)) == std::string_view::npos;
  });
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_CASE("hostile text stays text in a terminal") {
  const std::string text = render_text(test::hostile_report());
  CHECK(widest(text) == 72);
  CHECK_FALSE(has_control(text, "\n"));
  CHECK(text.find("\xE2\x80\xAE") == std::string::npos);  // right-to-left override
  CHECK(text == printable_lines(text));                   // valid UTF-8 throughout
  CHECK(text.find("漢字") != std::string::npos);
}

TEST_CASE("hostile text stays text in HTML") {
  const std::string html = render_html(test::hostile_report());
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("&lt;script&gt;alert(&apos;x&apos;)&lt;/script&gt;&quot;{{title}}{{{title}}}") !=
        std::string::npos);
  CHECK_FALSE(has_control(html, "\n"));
  CHECK(html == printable_lines(html));
  CHECK(count(html, "<svg") == count(html, "</svg>"));
}

TEST_CASE("the page asks for nothing from outside") {
  const std::string html = render_html(test::workqueue_report());
  for (const auto* reference : {"http:", "https:", "src=", "url(", "<link", "@import", "<script", "href"})
    CHECK(html.find(reference) == std::string::npos);
  CHECK(html.find("content=\"default-src 'none'; style-src 'unsafe-inline'\"") != std::string::npos);
  CHECK(html.find("{{") == std::string::npos);
}

TEST_CASE("hostile text and numbers leave JSON valid") {
  Report report = test::hostile_report();
  report.comparisons[0].rows[0].reference_median = std::numeric_limits<double>::quiet_NaN();
  report.comparisons[0].rows[0].patched[0].value = std::numeric_limits<double>::infinity();
  const boost::json::value parsed = boost::json::parse(render_json(report));
  const auto& row = parsed.at("contrasts").at(0).at("rows").at(0);
  CHECK(row.at("reference").at("median").is_null());
  CHECK(row.at("patched").at("boots").at(0).at("value").is_null());
  CHECK(row.at("case").as_string() == printable(test::hostile()));
}

TEST_CASE("CSV quotes as RFC 4180 has it and disarms formulas") {
  Report report = test::odd_report();
  report.comparisons.resize(1);
  report.comparisons[0].failures.reset();
  auto& row = report.comparisons[0].rows[0];
  const auto case_cell = [&](const std::string& name) {
    row.case_name = name;
    const std::string csv = render_csv(report);
    const std::string line = csv.substr(csv.find("\r\n") + 2);
    const auto from = line.find("lru-drain,") + 10;
    return line.substr(from, line.find(",switches") - from);
  };
  CHECK(case_cell("numa") == "numa");
  CHECK(case_cell("a,b") == "\"a,b\"");
  CHECK(case_cell("say \"yes\"") == "\"say \"\"yes\"\"\"");
  CHECK(case_cell("=HYPERLINK(1)") == "'=HYPERLINK(1)");
  CHECK(case_cell("+1") == "'+1");
  CHECK(case_cell("-1") == "'-1");
  CHECK(case_cell("@SUM(1)") == "'@SUM(1)");
  CHECK(case_cell("\t=1,2") == "\"' =1,2\"");
  CHECK(case_cell("＝1") == "'＝1");
  CHECK(case_cell("a\r\nb") == "a  b");
}

// Whatever the lengths of names and the magnitudes of numbers.
TEST_CASE("no line of text is wider than 72 columns") {
  Random random(20260604);
  const std::vector<std::string> pieces{"w",       "漢",           "é",    " ", "-",
                                        "\x1b[1m", "longer-word ", "\xff", "😀", "n\xCC\x81"};
  const auto name_of = [&](std::size_t most) {
    std::string name;
    for (auto left = random.below(most); left > 0; --left) name += pieces[random.below(pieces.size())];
    return name;
  };
  const auto number = [&] {
    const double magnitudes[] = {0, 1e-12, 0.5, 7, 1234.5, 9.9e8, 3.1e12, 8e15, 1e300};
    return magnitudes[random.below(9)] * (random.below(4) == 0 ? -1.0 : 1.0);
  };
  for (int round = 0; round < 300; ++round) {
    Report report = test::workqueue_report();
    report.provenance.title = name_of(90);
    report.provenance.labels = {name_of(80), name_of(10)};
    report.provenance.facts = {{name_of(100), name_of(200)}, {name_of(5), name_of(5)}};
    Comparison& comparison = report.comparisons[0];
    comparison.reference = name_of(120);
    comparison.patched = name_of(12);
    const Metric metrics[] = {{name_of(50), name_of(40), Better::higher, true, 0.0},
                              {name_of(9), name_of(9), Better::lower, true, 0.0}};
    for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
      auto& row = comparison.rows[i];
      row.metric = metrics[i % 2];
      row.case_name = name_of(40);
      row.reference_median = number();
      row.patched_median = number();
      row.effect = Effect{random.below(2) == 0, number(), -1e300, 1e300, 0.9683};
      if (row.effect->is_ratio) row.effect->low = 1e-300;
      row.detectable_change = number();
      row.reference_cv = number();
      row.verdict = static_cast<Verdict>(random.below(9));
      row.note = name_of(60);
    }
    const std::string text = render_text(report);
    INFO(text);
    REQUIRE(widest(text) <= 72);
    REQUIRE_FALSE(has_control(text, "\n"));
  }
}

}  // namespace
}  // namespace klab
