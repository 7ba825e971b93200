// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/series_command.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <istream>
#include <iterator>
#include <ostream>

#include "cli/exit_codes.hpp"
#include "intake/gather.hpp"
#include "intake/read_series.hpp"
#include "model/experiment_json.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

json::array texts(const std::vector<std::string>& values) {
  json::array out;
  for (const auto& value : values) out.emplace_back(printable(value));
  return out;
}

json::object as_json(const SeriesReading& reading) {
  const auto& series = reading.series;
  json::array patches, aside, trailers;
  for (const auto& patch : series.patches)
    patches.push_back({{"number", patch.number},
                       {"subject", printable(patch.subject)},
                       {"author", printable(patch.author)},
                       {"date", printable(patch.date)},
                       {"message_id", printable(patch.message_id)},
                       {"files", texts(patch.files)}});
  for (const auto& entry : series.left_aside)
    aside.push_back({{"what", printable(entry.what)}, {"why", printable(entry.why)}});
  for (const auto& entry : reading.trailers)
    trailers.push_back(
        {{"part", entry.part}, {"trailer", printable(entry.trailer)}, {"from", printable(entry.from)}});
  return {{"title", printable(series.title)},
          {"version", series.version},
          {"versions", json::array(reading.versions.begin(), reading.versions.end())},
          {"rfc", reading.rfc},
          {"resend", reading.resend},
          {"author", printable(series.author)},
          {"cover_message_id", printable(series.cover_message_id)},
          {"base_commit", printable(series.base_commit)},
          {"change_id", printable(series.change_id)},
          {"prerequisites", texts(reading.prerequisites)},
          {"patches", std::move(patches)},
          {"left_aside", std::move(aside)},
          {"trailers", std::move(trailers)}};
}

void line(std::string& out, std::string_view key, const std::string& value) {
  if (!value.empty()) out += fmt::format("  {}: {}\n", key, printable(value));
}

std::string as_text(const SeriesReading& reading) {
  const auto& series = reading.series;
  std::string out = fmt::format("{} (version {}{}{})\n", printable(series.title), series.version,
                                reading.rfc ? ", RFC" : "", reading.resend ? ", RESEND" : "");
  line(out, "author", series.author);
  line(out, "cover letter", series.cover_message_id);
  line(out, "base-commit", series.base_commit);
  line(out, "change-id", series.change_id);
  for (const auto& prerequisite : reading.prerequisites) line(out, "prerequisite", prerequisite);
  if (reading.versions.size() > 1)
    out += fmt::format("  versions here: {}\n", fmt::join(reading.versions, ", "));
  for (const auto& patch : series.patches) {
    out += fmt::format("  {}. {}\n", patch.number, printable(patch.subject));
    if (!patch.author.empty()) out += fmt::format("     {}\n", printable(patch.author));
    for (const auto& file : patch.files) out += fmt::format("     {}\n", printable(file));
  }
  for (const auto& entry : series.left_aside)
    out += fmt::format("  left aside \"{}\": {}\n", printable(entry.what), printable(entry.why));
  for (const auto& entry : reading.trailers)
    out += fmt::format("  offered for {}: {} (from {})\n",
                       entry.part == 0 ? "the series" : fmt::format("patch {}", entry.part),
                       printable(entry.trailer), printable(entry.from));
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
  auto reading = examine_series(*sources, intake);
  if (!reading)
    return fail(streams, reading.error(),
                reading.error().kind == ErrorKind::input ? exit_kernel_failed : exit_no_result);
  if (options.json)
    streams.out << json::serialize(as_json(*reading)) << '\n';
  else
    streams.out << as_text(*reading);
  return exit_same_or_better;
}

}  // namespace klab::cli
