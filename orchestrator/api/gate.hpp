// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.hpp"

namespace klab {

// What a request says about itself before its body is read; empty where it says nothing.
struct RequestHead {
  std::string_view method;
  std::string_view host;
  std::string_view origin;
  std::string_view fetch_site;    // Sec-Fetch-Site
  std::string_view content_type;
  bool has_body = false;
};

// Why a request is not even looked at, whatever it asks for:
//   403  a peer who may not do it, or a write that a page of somebody else's sent (Origin, Sec-Fetch-Site)
//   415  a body that is not JSON, which a form of such a page could send without being asked
//   421  pages asked for under a name that is not ours: a name that was rebound to this address
// Nothing when it may go on. `page_hosts` are the names that pages answer to beside addresses, localhost
// and the machine's own name. Pure.
std::optional<ApiResponse> refuse_request(const RequestHead& head, const Peer& peer,
                                          const std::vector<std::string>& page_hosts);

// This machine's name.
std::string own_host_name();

}  // namespace klab
