// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/http.hpp"

#include <boost/json.hpp>
#include <boost/url.hpp>

#include "util/text.hpp"

namespace klab {
namespace {

bool is_name(std::string_view segment) {
  return segment != "." && segment != ".." && segment.find_first_of("/\\") == segment.npos &&
         printable(segment) == segment;
}

}  // namespace

bool parse_target(std::string_view target, ApiRequest& request) {
  const auto url = boost::urls::parse_origin_form(target);
  if (!url) return false;
  for (const auto& segment : url->segments()) {
    const std::string text(segment);
    if (!is_name(text)) return false;
    if (!text.empty()) request.path.push_back(text);
  }
  for (const auto& parameter : url->params()) request.query[std::string(parameter.key)] = std::string(parameter.value);
  return true;
}

ApiResponse error_response(const Error& error, int status) {
  static constexpr const char* kinds[] = {"input", "failed", "lab", "stopped"};
  if (status == 0) status = error.kind == ErrorKind::input || error.kind == ErrorKind::failed ? 400 : 500;
  ApiResponse response;
  response.status = status;
  response.body = boost::json::serialize(boost::json::object{{"error", printable(error.message)},
                                                             {"tail", printable_lines(error.tail)},
                                                             {"kind", kinds[static_cast<int>(error.kind)]}});
  return response;
}

ApiResponse text_response(std::string body) {
  ApiResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

}  // namespace klab
