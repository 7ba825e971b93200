// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/mail_routes.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "tests/schedule/cheap_lab.hpp"

using namespace klab;
using namespace klab::test;

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

TEST_CASE("mail routes: the parts of a mail name everybody whom it goes to") {
  const TemporaryDirectory directory = scratch();
  CheapLab place(directory.path());
  Database database = Database::open(place.config.database()).value();
  CheapDaemon daemon(place, database);
  ExperimentRecord record;
  record.plan.series.resize(1);
  auto& series = record.plan.series[0];
  series.title = "x";
  series.author = "Jane <jane@example.org>";
  series.patches.resize(1);
  series.patches[0].message_id = "1@example.org";
  series.answered = {"[PATCH net-next] x", "Max <max@example.org>", {"list@example.org", "J\u00FCrgen <j@example.org>"}, 4};
  record.plan.arms.resize(2);
  for (auto& arm : record.plan.arms) arm.machine = "vm";
  record.plan.arms[1].series = 0;
  record.plan.contrasts = {{0, 1}};
  record.arms.resize(2);
  const auto answer = mail_report(daemon.lab, record, Report{}, "mail-parts");
  REQUIRE(answer.has_value());
  REQUIRE(answer->has_value());
  auto parts = boost::json::parse((*answer)->body).as_object();
  CHECK(parts.at("body").as_string().starts_with("This compares this series (v1, 1 patch) against its base."));
  parts.erase("body");
  CHECK(parts == boost::json::parse(R"({"to":"Max <max@example.org>","cc":["list@example.org","J\u00FCrgen <j@example.org>"],"left_out":4,)"
                                    R"("subject":"Re: [PATCH net-next] x","in_reply_to":"1@example.org"})").as_object());
}
