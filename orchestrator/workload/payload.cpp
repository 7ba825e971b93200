// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/payload.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t longest_text = 4096;  // twice what the runner sends

}  // namespace

Result<FramePayload> FramePayload::parse(std::string_view bytes) {
  boost::json::parse_options options;
  options.max_depth = 1;
  boost::system::error_code error;
  auto value = boost::json::parse({bytes.data(), bytes.size()}, error, {}, options);
  if (error) return failed_error("not JSON: {}", error.message());
  if (!value.is_object()) return failed_error("not a JSON object");
  FramePayload out;
  out.object_ = std::move(value.as_object());
  return out;
}

const boost::json::value* FramePayload::find(std::string_view field) const {
  return object_.if_contains({field.data(), field.size()});
}

void FramePayload::wrong(std::string_view field, std::string_view expected) const {
  if (!problem_) problem_ = fmt::format("field \"{}\" is {}", field, find(field) ? expected : "missing");
}

void FramePayload::allow_only(std::initializer_list<std::string_view> fields) const {
  for (const auto& member : object_) {
    const std::string_view name(member.key().data(), member.key().size());
    if (!problem_ && std::find(fields.begin(), fields.end(), name) == fields.end())
      problem_ = fmt::format("field \"{}\" is not known", printable(name.substr(0, longest_text)));
  }
}

std::string FramePayload::text(std::string_view field) const {
  const auto* value = find(field);
  if (value && value->is_string()) {
    const auto& text = value->get_string();
    if (text.size() <= longest_text) return printable({text.data(), text.size()});
    wrong(field, fmt::format("longer than {} bytes", longest_text));
    return {};
  }
  wrong(field, "not a text");
  return {};
}

std::int64_t FramePayload::whole(std::string_view field) const {
  const auto* value = find(field);
  if (value && value->is_int64()) return value->get_int64();
  wrong(field, "not a whole number");
  return 0;
}

bool FramePayload::flag(std::string_view field) const {
  const auto* value = find(field);
  if (value && value->is_bool()) return value->get_bool();
  wrong(field, "neither true nor false");
  return false;
}

double FramePayload::number(std::string_view field) const {
  const auto* value = find(field);
  if (value && value->is_number()) {
    boost::system::error_code error;
    const double number = value->is_double() ? value->get_double() : value->to_number<double>(error);
    if (!error) return number;
  }
  wrong(field, "not a number");
  return 0.0;
}

}  // namespace klab
