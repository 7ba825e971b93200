// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/series_listing.hpp"

#include <fmt/format.h>

#include "cli/json_read.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

void line(std::string& out, std::size_t indent, std::string_view key, const std::string& value) {
  if (!value.empty()) out += fmt::format("{:{}}{}: {}\n", "", indent, key, value);
}

std::string listed(const json::array& values) {
  std::vector<std::string> parts;
  for (const auto& value : values) {
    if (value.is_string()) parts.push_back(printable({value.get_string().data(), value.get_string().size()}));
    if (value.is_number()) parts.push_back(fmt::format("{}", value.to_number<std::int64_t>()));
  }
  return join(parts, ", ");
}

}  // namespace

std::string series_heading(const json::object& series) {
  return fmt::format("{} (version {}{}{})", text(series, "title"), integer(series, "version"),
                     flag(series, "rfc") ? ", RFC" : "", flag(series, "resend") ? ", RESEND" : "");
}

std::string series_body(const json::object& series) {
  std::string out;
  line(out, 2, "author", text(series, "author"));
  line(out, 2, "cover letter", text(series, "cover_message_id"));
  line(out, 2, "base-commit", text(series, "base_commit"));
  line(out, 2, "change-id", text(series, "change_id"));
  for (const auto& value : list(series, "prerequisites"))
    if (value.is_string()) line(out, 2, "needs", printable({value.get_string().data(), value.get_string().size()}));
  if (list(series, "versions").size() > 1) line(out, 2, "versions here", listed(list(series, "versions")));
  for (const auto& value : list(series, "patches")) {
    const auto& patch = as_object(value);
    out += fmt::format("  {}. {}\n", integer(patch, "number"), text(patch, "subject"));
    line(out, 5, "author", text(patch, "author"));
    line(out, 5, "date", text(patch, "date"));
    line(out, 5, "Message-ID", text(patch, "message_id"));
    line(out, 5, "files", listed(list(patch, "files")));
  }
  for (const auto& value : list(series, "trailers")) {
    const auto& offer = as_object(value);
    out += fmt::format("  offered for {}: {} (from {})\n",
                       integer(offer, "part") == 0 ? "the series" : fmt::format("patch {}", integer(offer, "part")),
                       text(offer, "trailer"), text(offer, "from"));
  }
  for (const auto& value : list(series, "left_aside"))
    out += fmt::format("  left aside \"{}\": {}\n", text(as_object(value), "what"), text(as_object(value), "why"));
  return out;
}

}  // namespace klab::cli
