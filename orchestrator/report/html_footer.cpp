// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "report/html_data.hpp"
#include "report/words.hpp"

namespace klab::report {
namespace {

// "term: rest" as a definition.
data definitions(const std::vector<std::string>& lines) {
  data list{data::type::list};
  for (const auto& line : lines) {
    const auto colon = line.find(": ");
    data entry;
    entry.set("term", line.substr(0, colon));
    entry.set("rest", colon == std::string::npos ? std::string() : line.substr(colon + 2));
    list << entry;
  }
  return list;
}

data facts_data(const Report& report) {
  data list{data::type::list};
  for (const auto& fact : report.facts) {
    std::vector<std::string> said;
    for (const auto& [text, where] : fact.said) said.push_back(where.empty() ? text : fmt::format("{} ({})", text, where));
    data entry;
    entry.set("term", fmt::format("{}, {}", fact.workload, fact.name));
    entry.set("rest", fact.description);
    entry.set("said", text_list(said));
    list << entry;
  }
  return list;
}

}  // namespace

void set_footer(data& page, const Report& report) {
  data provenance{data::type::list};
  for (const auto& [key, value] : report.provenance.facts) {
    data fact;
    fact.set("term", key);
    fact.set("rest", value);
    provenance << fact;
  }
  const bool compared = !report.comparisons.empty();
  page.set("compared", flag(compared));
  page.set("legend", definitions(compared ? legend(report) : std::vector<std::string>{}));
  page.set("method", definitions(compared ? method(report) : std::vector<std::string>{}));
  page.set("has_measured", flag(!report.facts.empty()));
  page.set("measured", facts_data(report));
  page.set("has_facts", flag(!report.provenance.facts.empty()));
  page.set("facts", provenance);
}

}  // namespace klab::report
