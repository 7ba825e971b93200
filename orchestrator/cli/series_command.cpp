// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/series_command.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <istream>
#include <iterator>
#include <ostream>

#include "cli/exit_codes.hpp"
#include "cli/json_read.hpp"
#include "cli/series_listing.hpp"
#include "intake/diff_check.hpp"
#include "intake/gather.hpp"
#include "intake/read_series.hpp"
#include "model/experiment_json.hpp"
#include "model/series_json.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

// Where a base would be looked for, in order; a tree is at hand only once it is submitted.
json::array base_candidates(const Series& series) {
  json::array out;
  if (!series.base_commit.empty())
    out.push_back({{"way", "base-commit"}, {"wanted", printable(series.base_commit)}});
  std::string mails;
  for (const auto& patch : series.patches) mails += patch.mail + "\n";
  json::array blobs;
  for (const auto& blob : preimage_blobs(mails)) blobs.push_back({{"path", printable(blob.path)}, {"id", blob.id}});
  if (!blobs.empty()) out.push_back({{"way", "blob ids"}, {"wanted", std::move(blobs)}});
  out.push_back({{"way", "default ref"}, {"wanted", "the tree's own"}});
  return out;
}

std::string as_text(const json::object& series) {
  std::string out = series_heading(series) + "\n" + series_body(series);
  out += "  base, in the order in which it would be searched for\n";
  for (const auto& value : list(series, "base_candidates")) {
    const auto& candidate = as_object(value);
    out += fmt::format("    {}: ", text(candidate, "way"));
    std::vector<std::string> blobs;
    for (const auto& blob : list(candidate, "wanted"))
      blobs.push_back(fmt::format("{} {}", text(as_object(blob), "id"), text(as_object(blob), "path")));
    out += (blobs.empty() ? text(candidate, "wanted") : join(blobs, ", ")) + "\n";
  }
  return out;
}

}  // namespace

int show_series(Streams& streams, const SeriesOptions& options) {
  IntakeOptions intake;
  intake.version = options.version;
  if (!options.patches.empty()) {
    auto range = parse_patch_range(options.patches);
    if (!range) return fail(streams, range.error());
    intake.range = *range;
  }
  std::string input;
  if (std::find(options.sources.begin(), options.sources.end(), "-") != options.sources.end())
    input.assign(std::istreambuf_iterator<char>(streams.in), {});
  auto sources = gather(options.sources, input, options.repository);
  if (!sources) return fail(streams, sources.error());
  auto series = read_series(*sources, intake);
  if (!series)
    return fail(streams, series.error(),
                series.error().kind == ErrorKind::input ? exit_kernel_failed : exit_no_result);
  auto shown = series_json(*series);
  shown["base_candidates"] = base_candidates(*series);
  if (options.json)
    streams.out << json::serialize(shown) << '\n';
  else
    streams.out << as_text(shown);
  return exit_same_or_better;
}

}  // namespace klab::cli
