// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/series_json.hpp"

#include <boost/json.hpp>

#include "util/text.hpp"

namespace klab {
namespace json = boost::json;
namespace {

json::array texts(const std::vector<std::string>& values) {
  json::array out;
  for (const auto& value : values) out.emplace_back(printable(value));
  return out;
}

}  // namespace

json::object series_json(const Series& series) {
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
  for (const auto& entry : series.trailers)
    trailers.push_back({{"part", entry.part}, {"trailer", printable(entry.trailer)}, {"from", printable(entry.from)}});
  return {{"title", printable(series.title)},
          {"version", series.version},
          {"versions", json::array(series.versions.begin(), series.versions.end())},
          {"rfc", series.rfc},
          {"resend", series.resend},
          {"author", printable(series.author)},
          {"cover_message_id", printable(series.cover_message_id)},
          {"base_commit", printable(series.base_commit)},
          {"change_id", printable(series.change_id)},
          {"prerequisites", texts(series.prerequisites)},
          {"patches", std::move(patches)},
          {"left_aside", std::move(aside)},
          {"trailers", std::move(trailers)}};
}

}  // namespace klab
