// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/notification.hpp"

#include <fmt/format.h>

#include <boost/url/parse.hpp>

namespace klab {

std::string webhook_place(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return "the webhook";
  return fmt::format("{}://{}", std::string(parsed->scheme()), std::string(parsed->encoded_host_and_port()));
}

}  // namespace klab
