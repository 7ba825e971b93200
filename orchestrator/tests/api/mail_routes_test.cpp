// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/mail_routes.hpp"

#include <catch2/catch.hpp>

using namespace klab;

TEST_CASE("mail routes: a link only where somebody elsewhere could follow it") {
  Config config;
  const auto url = [&](const std::string& pages, const std::vector<std::string>& hosts = {}) {
    config.pages = pages;
    config.page_hosts = hosts;
    return page_url(config, 17);
  };
  CHECK(url("") == "");
  CHECK(url("127.0.0.1:8080") == "");
  CHECK(url("[::1]:8080") == "");
  CHECK(url("0.0.0.0:8080") == "");
  CHECK(url("10.0.0.7:8080") == "http://10.0.0.7:8080/experiments/17");
  CHECK(url("0.0.0.0:8080", {"lab.example.org", "lab"}) == "http://lab.example.org:8080/experiments/17");
}
