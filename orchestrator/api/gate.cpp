// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/gate.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "util/text.hpp"

namespace klab {
namespace {

// "name", "name:80", "[::1]:80" without the port.
std::string host_name(std::string_view host) {
  if (host.starts_with('[')) return to_lower(host.substr(0, host.find(']') + 1));
  return to_lower(host.substr(0, host.find(':')));
}

bool is_address(std::string_view host) {
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  boost::asio::ip::make_address(std::string(host), error);
  return !error;
}

// A browser that was told a name of the attacker's sends that name; an address it can only have from the user.
bool is_ours(std::string_view host, const std::vector<std::string>& page_hosts) {
  const std::string name = host_name(host);
  if (name.empty()) return false;
  return name == "localhost" || is_address(name) ||
         std::any_of(page_hosts.begin(), page_hosts.end(), [&](const auto& known) { return to_lower(known) == name; });
}

}  // namespace

std::optional<ApiResponse> refuse_request(const RequestHead& head, const Peer& peer,
                                          const std::vector<std::string>& page_hosts) {
  if (!peer.may_read)
    return error_response(
        input_error("cannot answer {}: this socket is its owner's alone; daemon.access in klab.toml decides", printable(peer.name)),
        403);
  if (peer.is_page_reader && !is_ours(head.host, page_hosts))
    return error_response(input_error("cannot serve \"{}\": pages answer to addresses, localhost and daemon.page_hosts",
                                      printable(head.host.substr(0, 256))),
                          421);
  const bool writes = head.method != "GET" && head.method != "HEAD";
  if (!writes) return std::nullopt;
  const bool foreign = !head.origin.empty() || (!head.fetch_site.empty() && head.fetch_site != "none");
  if (foreign) return error_response(input_error("cannot write from another page"), 403);
  if (peer.is_page_reader) return error_response(input_error("cannot write: pages are for reading; the socket takes writes"), 403);
  if (!peer.may_write)
    return error_response(
        input_error("cannot write as {}: this user may only read; daemon.access in klab.toml decides", printable(peer.name)), 403);
  const std::string type = to_lower(trim(head.content_type.substr(0, head.content_type.find(';'))));
  if (head.has_body && type != "application/json")
    return error_response(input_error("cannot read the request: its body must be application/json"), 415);
  return std::nullopt;
}

std::string own_host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace klab
