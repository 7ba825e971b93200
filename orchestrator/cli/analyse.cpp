// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/analyse.hpp"

#include <filesystem>
#include <istream>
#include <iterator>
#include <ostream>

#include "report/csv.hpp"
#include "report/exit_code.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/text.hpp"
#include "stats/compare.hpp"
#include "stats/csv_import.hpp"
#include "util/file.hpp"

namespace klab::cli {

int analyse(Streams& streams, const AnalyseOptions& options) {
  const bool from_input = options.file == "-";
  const std::string name = from_input ? "standard input" : options.file;
  std::string content;
  if (from_input) {
    content.assign(std::istreambuf_iterator<char>(streams.in), {});
  } else {
    auto read = read_file(options.file);
    if (!read) return fail(streams, read.error());
    content = std::move(*read);
  }
  std::optional<std::string> reference;
  if (!options.reference.empty()) reference = options.reference;
  auto imported = import_csv(content, name, reference, options.delta);
  if (!imported) return fail(streams, imported.error());

  Report report;
  report.provenance.title = from_input ? name : std::filesystem::path(options.file).filename().string();
  report.provenance.labels = {"imported"};
  report.provenance.facts.emplace_back("data", name);
  for (const auto& note : imported->notes) report.provenance.facts.emplace_back("note", note);
  for (const auto& contrast : imported->contrasts) report.comparisons.push_back(compare(contrast));

  if (options.format == "json")
    streams.out << render_json(report);
  else if (options.format == "html")
    streams.out << render_html(report);
  else if (options.format == "csv")
    streams.out << render_csv(report);
  else
    streams.out << render_text(report);
  return exit_code(report);
}

}  // namespace klab::cli
