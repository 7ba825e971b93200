// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/pages/lists.hpp"
#include "api/pages/pages.hpp"
#include "api/pages/parts.hpp"
#include "util/text.hpp"

namespace klab {
using namespace pages;  // NOLINT: what pages are made of
namespace {

constexpr int most_found = 50;

}  // namespace

Result<ApiResponse> Pages::search(const ApiRequest& request) {
  const auto asked = request.query.find("q");
  const std::string text(
      trim(asked == request.query.end() ? std::string_view() : std::string_view(asked->second).substr(0, 300)));
  page::Document document;
  document.title = text.empty() ? "Search" : "Search: " + text;
  document.query = text;
  if (text.size() < 2) {
    document.sections.push_back(
        {"",
         "",
         {page::Note{{{.text = "Give at least two characters of a series' title, an author, a Message-ID or a link to a mail "
                               "archive, a Change-Id, or the beginning of a commit."}}}}});
    return shown(document, request);
  }
  auto found = lab_.experiments.search(text, most_found);
  if (!found) return found.error();
  if (found->of_message.size() == 1) {
    ApiResponse response{303, "text/plain; charset=utf-8", "", {}};
    response.headers.emplace_back("Location", experiment_address(found->of_message.front()));
    return response;
  }
  page::Section series{fmt::format("Series ({})", found->series.size()), "series", {}};
  page::Table table{"", {{"experiment"}, {"series"}, {"by"}, {"found in"}}, {}, "", true};
  for (const auto& one : found->series)
    table.rows.push_back(
        {experiment_cell(one.experiment),
         {.text = fmt::format("{} (v{})", one.title, one.version), .href = experiment_address(one.experiment) + "#series"},
         {.text = one.author},
         {.text = one.where, .small = one.where == "title" || one.where == "author" ? "" : one.text}});
  series.blocks.push_back(std::move(table));
  page::Section commits{fmt::format("Commits ({})", found->commits.size()), "commits", {}};
  page::Table kernels{"", {{"experiment"}, {"title"}, {"arm"}, {"tree"}, {"commit"}}, {}, "", true};
  for (const auto& one : found->commits)
    kernels.rows.push_back({experiment_cell(one.experiment),
                            {.text = one.title, .href = experiment_address(one.experiment) + "#kernels"},
                            {.text = one.arm},
                            {.text = one.tree},
                            {.text = one.commit.substr(0, 12), .hint = one.commit, .code = true}});
  commits.blocks.push_back(std::move(kernels));
  const auto lines = finished_table(found->experiments, "");
  page::Section titles{fmt::format("Experiments ({})", found->experiments.size()), "experiments", {lines}};
  const bool nothing = found->series.empty() && found->commits.empty() && found->experiments.empty();
  if (!found->experiments.empty()) document.sections.push_back(std::move(titles));
  if (!found->series.empty()) document.sections.push_back(std::move(series));
  if (!found->commits.empty()) document.sections.push_back(std::move(commits));
  if (nothing)
    document.sections.push_back(
        {"",
         "",
         {page::Note{{{.text = "Nothing has that in its title, authors, subjects, Message-IDs, Change-Ids or commits."}}}}});
  else if (found->series.size() == most_found || found->experiments.size() == most_found || found->commits.size() == most_found)
    document.sections.push_back(
        {"", "", {page::Note{{{.text = fmt::format("Only the newest {} of each are shown.", most_found)}}, {}, true}}});
  return shown(document, request);
}

}  // namespace klab
