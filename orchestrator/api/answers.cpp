// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/answers.hpp"

namespace klab {

ApiResponse json_response(const boost::json::object& body, int status) {
  ApiResponse response;
  response.status = status;
  response.body = boost::json::serialize(body);
  return response;
}

ApiResponse not_found() {
  return error_response(input_error("cannot find what was asked for; README.md lists the routes"), 404);
}

ApiResponse forbidden(std::string_view what) {
  return error_response(input_error("cannot {}: this user may only read; daemon.access in klab.toml decides", what), 403);
}

ApiResponse lookup_error(const Error& error) { return error_response(error, error.kind == ErrorKind::input ? 404 : 500); }

}  // namespace klab
