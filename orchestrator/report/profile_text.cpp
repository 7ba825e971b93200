// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/profile_text.hpp"

#include <fmt/format.h>

#include "report/layout.hpp"
#include "report/profile_view.hpp"
#include "util/text.hpp"

namespace klab::report {
namespace {

constexpr std::size_t line_width = 72;
constexpr std::size_t most_rows = 8;
constexpr std::size_t least_name_width = 16;

std::string group_text(const ProfileGroup& group, const std::string& labels) {
  std::vector<std::vector<std::string>> functions, cases;
  for (const auto& row : group.rows) functions.push_back({row.name, share_text(row.reference), share_text(row.patched)});
  for (const auto& entry : group.cases)
    cases.push_back({entry.case_name, entry.hottest.name, share_text(entry.hottest.reference), share_text(entry.hottest.patched)});
  std::string out = wrap(fmt::format("{}{}{}:", group.workload, cases.empty() ? "" : ", all cases together", labels), line_width);
  out += "\n" + table({{"function", false, least_name_width}, {"baseline"}, {"patched"}}, functions, line_width);
  if (cases.empty()) return out;
  return out + "\n" +
         table({{"case", false, 8}, {"its hottest", false, least_name_width}, {"baseline"}, {"patched"}}, cases, line_width);
}

}  // namespace

std::string profile_section(const Comparison& comparison, const Provenance& provenance) {
  if (!comparison.profile) return {};
  const std::string labels = provenance.labels.empty() ? std::string() : "; " + join(provenance.labels, ", ");
  std::string out = "\nWhere time goes\n---------------\n";
  for (const auto& sentence : profile_sentences(*comparison.profile)) out += wrap(sentence, line_width);
  for (const auto& group : profile_groups(*comparison.profile, most_rows)) out += "\n" + group_text(group, labels);
  const auto limits = profile_limits(*comparison.profile);
  if (!limits.empty()) out += "\n";
  for (const auto& limit : limits) out += wrap(limit, line_width, 4, 2);
  return out;
}

}  // namespace klab::report
