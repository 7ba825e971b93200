// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/html.hpp"

#include "report/html_data.hpp"
#include "report/html_style.hpp"
#include "report/html_template.hpp"
#include "report/inert.hpp"
#include "report/style.hpp"
#include "report/words.hpp"

namespace klab {

std::string render_html(const Report& given) {
  using namespace report;  // NOLINT: the room's own helpers
  const Report report = inert(given);
  data page;
  page.set("title", report.provenance.title.empty() ? std::string("Comparison") : report.provenance.title);
  page.set("experiment", text_or_nothing(report.provenance.experiment));
  page.set("labels", text_list(report.provenance.labels));
  page.set("contrasts_sentence", text_or_nothing(contrasts_sentence(report)));
  set_contrasts(page, report, false);
  set_footer(page, report);
  kainjow::mustache::mustache above{std::string(head_above_style)};
  kainjow::mustache::mustache below{std::string(head_below_style) + std::string(body_above) + std::string(contrasts_template) +
                                    std::string(footer_template) + std::string(body_below)};
  return above.render(page) + std::string(style) + below.render(page);
}

}  // namespace klab
