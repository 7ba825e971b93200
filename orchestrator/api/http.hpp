// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace klab {

// Who is asking.
struct Peer {
  std::string name;        // user name behind the unix socket; empty for TCP
  bool may_read = true;
  bool may_write = false;  // submit and cancel
  bool is_page_reader = false;  // came over TCP: pages only
};

struct ApiRequest {
  std::string method;             // "GET", "POST", ...
  std::vector<std::string> path;  // segments, decoded
  std::map<std::string, std::string> query;
  std::string body;
  Peer peer;
};

struct ApiResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Splits and decodes a request target. False when it is malformed, or when a decoded segment is no name:
// "." and "..", slashes, backslashes and control characters.
bool parse_target(std::string_view target, ApiRequest& request);

// {"error", "tail", "kind"} with the status that fits the error's kind.
ApiResponse error_response(const Error& error, int status = 0);
ApiResponse text_response(std::string body);

}  // namespace klab
