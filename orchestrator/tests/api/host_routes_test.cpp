// SPDX-License-Identifier: GPL-3.0-or-later
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "api/routes.hpp"
#include "tests/schedule/cheap_lab.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::test;

namespace {

struct Place {
  Place() : lab(directory.path()) {
    spdlog::set_level(spdlog::level::off);
    lab.add_host("host1", {"arch=x86_64", "pool=small"});
    lab.add_host("host2", {"arch=x86_64"});
    lab.config.hosts["host1"].user = "lab";
    lab.config.hosts["host1"].password_file = "/secret/place";
    lab.config.hosts["host2"].password_command = {"pass", "show", "secret"};
    daemon.emplace(lab, database);
    routes.emplace(daemon->lab, daemon->board, daemon->queue);
  }
  ApiResponse ask(const std::string& method, std::vector<std::string> path, const std::string& body = {}, bool may_write = true) {
    ApiRequest request;
    request.method = method;
    request.path = {"api", "hosts"};
    request.path.insert(request.path.end(), path.begin(), path.end());
    request.body = body;
    request.peer.name = "ada";
    request.peer.may_write = may_write;
    ApiResponse response;
    auto asking = [](Routes& routes, ApiRequest asked, ApiResponse& answer) -> boost::asio::awaitable<void> {
      answer = co_await routes.answer(std::move(asked));
    };
    auto job = asking(*routes, std::move(request), response);
    boost::asio::co_spawn(daemon->reactor, std::move(job), [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
    daemon->reactor.restart();
    daemon->reactor.run();
    return response;
  }
  boost::json::object object(const ApiResponse& response) {
    INFO(response.body);
    CHECK(response.status == 200);
    return boost::json::parse(response.body).as_object();
  }
  std::string error(const ApiResponse& response, int status) {
    CHECK(response.status == status);
    return std::string(boost::json::parse(response.body).at("error").as_string());
  }

  TemporaryDirectory directory = scratch();
  CheapLab lab;
  Database database = Database::open(lab.config.database()).value();
  std::optional<CheapDaemon> daemon;
  std::optional<Routes> routes;
};

}  // namespace

TEST_CASE("host routes: a host is listed and shown, without its password") {
  Place p;
  const auto list = p.ask("GET", {});
  CHECK(p.object(list).at("hosts").as_array().size() == 2);
  const auto shown = p.ask("GET", {"host1"});
  const auto host = p.object(shown);
  CHECK(host.at("state") == "free");
  CHECK(host.at("user") == "lab");
  CHECK(host.at("bmc") == "192.0.2.1:623");
  CHECK(host.at("boots").at("looked_at") == 0);
  for (const auto& body : {list.body, shown.body, p.ask("GET", {"host2"}).body, p.ask("GET", {"host2", "health"}).body}) {
    CHECK(body.find("secret") == std::string::npos);
    CHECK(body.find("password") == std::string::npos);
  }
}

TEST_CASE("host routes: what is not there, and who may not") {
  Place p;
  CHECK(p.error(p.ask("GET", {"host9"}), 404) == "cannot find the host \"host9\": configured are host1, host2");
  CHECK(p.error(p.ask("GET", {"vm"}), 404) == "cannot find the host \"vm\": configured are host1, host2");
  CHECK(p.error(p.ask("GET", {"host1", "passwords"}), 404) == "cannot find what was asked for; README.md lists the routes");
  CHECK(p.error(p.ask("POST", {"host1", "probe", "twice"}), 404) == "cannot find what was asked for; README.md lists the routes");
  CHECK(p.error(p.ask("POST", {}), 404) == "cannot find what was asked for; README.md lists the routes");
  for (const char* verb : {"probe", "reserve", "quarantine", "release", "health"})
    CHECK(p.error(p.ask("POST", {"host1", verb}, "{}", false), 403) ==
          "cannot change a host: this user may only read; daemon.access in klab.toml decides");
  p.lab.config.hosts.clear();
  CHECK(p.error(p.ask("GET", {"host1"}), 404) == "cannot find the host \"host1\": no hosts are configured; README.md says how");
}

TEST_CASE("host routes: quarantine and release") {
  Place p;
  CHECK(p.error(p.ask("POST", {"host1", "quarantine"}, "[]"), 400) == "cannot read the request: its body is no JSON object");
  CHECK(p.error(p.ask("POST", {"host1", "quarantine"}, "{}"), 400) == "cannot read the request: it has no \"reason\"");
  CHECK(p.error(p.ask("POST", {"host1", "quarantine"}, R"({"reason":" "})"), 400) ==
        "cannot use \" \" as reason: give 1 to 500 printable characters");
  auto host = p.object(p.ask("POST", {"host1", "quarantine"}, R"({"reason":"it smells"})"));
  CHECK(host.at("state") == "quarantined");
  CHECK(host.at("quarantine").at("by") == "ada");
  CHECK(p.error(p.ask("POST", {"host1", "quarantine"}, R"({"reason":"again"})"), 409) ==
        "cannot quarantine \"host1\": it is already, by ada: it smells");
  host = p.object(p.ask("POST", {"host1", "release"}));
  CHECK(host.at("state") == "free");
  CHECK(host.at("released").at(0) == "quarantine (it smells)");
  CHECK(p.error(p.ask("POST", {"host1", "release"}), 400) == "cannot release \"host1\": it is neither quarantined nor reserved");
  CHECK(p.object(p.ask("GET", {"host1"})).at("events").as_array().size() == 2);
}

TEST_CASE("host routes: a reservation is for a time to come, and another's is not taken away") {
  Place p;
  p.daemon->lab.now = [] { return 1000.0; };
  const auto reserve = [&](const std::string& person, double until) {
    return p.ask("POST", {"host1", "reserve"}, fmt::format(R"({{"person":"{}","until":{}}})", person, until));
  };
  for (const double odd : {1000.0, 0.0, -1.0, 1e300})
    CHECK(p.error(reserve("bob", odd), 400).starts_with("cannot reserve \"host1\" until "));
  CHECK(p.error(p.ask("POST", {"host1", "reserve"}, R"({"person":"bob","until":"tomorrow"})"), 400).starts_with("cannot reserve \"host1\" until "));
  const auto host = p.object(reserve("bob", 4600.0));
  CHECK(host.at("state") == "reserved");
  CHECK(host.at("about").as_string() == "for bob until " + local_time(4600.0));
  CHECK(p.object(reserve("bob", 8200.0)).at("reservation").at("until") == 8200.0);
  CHECK(p.error(reserve("eve", 9000.0), 409) == "cannot reserve \"host1\" for eve: it is reserved for bob until " + local_time(8200.0) +
                                                    "; klab host release host1 ends that");
  CHECK(p.object(p.ask("POST", {"host1", "release"})).at("released").at(0) == "reservation for bob");
}

TEST_CASE("host routes: a probe is answered, kept, and refused while somebody has the host") {
  Place p;
  p.daemon->bare["host1"]->findings = {{"SOL", false, "silent\x1b[2J", "wake it"}};
  const auto probe = p.object(p.ask("POST", {"host1", "probe"}));
  CHECK(probe.at("good") == false);
  CHECK(probe.at("findings").at(0).at("text") == "silent\xEF\xBF\xBD[2J");
  CHECK(p.object(p.ask("GET", {"host1", "health"})).at("probe").at("bad") == 1);
  CHECK(p.daemon->hosts.leases()->empty());
  CHECK(p.daemon->bare["host1"]->probes() == 1);
}

TEST_CASE("host routes: an A/A run is submitted, and its noise shown") {
  Place p;
  const auto started = p.object(p.ask("POST", {"host1", "health"}));
  const auto id = started.at("experiment").as_int64();
  CHECK(started.at("title") == "A/A: host1 against itself");
  const auto plan = p.daemon->experiments.get(id)->plan;
  CHECK(plan.arms.at(0).label == "a1");
  CHECK(plan.arms.at(1).label == "a2");
  CHECK(plan.arms.at(1).machine == "host1");
  CHECK(plan.submitter == "ada");
  auto& daemon = *p.daemon;
  int boots = 0;
  daemon.bare["host1"]->behaviour = [&](const BootSpec&) {
    SQLite::Statement row(p.database.connection(), "SELECT nonce FROM boot WHERE outcome IS NULL");
    REQUIRE(row.executeStep());
    return FakeBoot()
        .console("[    0.000000] Linux version 9.9 (klab@klab)\nklab: init\nklab: runner start\n")
        .results(tiny_results(row.getColumn(0).getString(), 100.0 + ++boots % 3))
        .ends(PowerEnd::powered_off);
  };
  ApiResponse refused;
  daemon.bare["host1"]->on_start = [&](const BootSpec&) {
    if (boots > 0) return;
    auto probing = [](Routes& routes, ApiResponse& answer) -> boost::asio::awaitable<void> {
      ApiRequest request{"POST", {"api", "hosts", "host1", "probe"}, {}, {}, {}};
      request.peer.may_write = true;
      answer = co_await routes.answer(std::move(request));
    };
    auto job = probing(*p.routes, refused);
    boost::asio::co_spawn(daemon.reactor, std::move(job), [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
  };
  daemon.reactor.restart();
  REQUIRE(daemon.work());
  CHECK(p.error(refused, 409) == fmt::format("cannot probe \"host1\": it is measuring experiment {}; try again when that is over", id));
  CHECK(daemon.experiments.get(id)->outcome == Outcome::ok);
  const auto health = p.object(p.ask("GET", {"host1", "health"}));
  const auto& aa = health.at("aa").as_object();
  CHECK(aa.at("experiment") == id);
  CHECK(aa.at("outcome") == "ok");
  REQUIRE(aa.at("rows").as_array().size() == 1);
  CHECK(aa.at("rows").at(0).at("cv").at(0).is_double());
  CHECK(aa.at("rows").at(0).at("differs") == false);
  CHECK(health.at("boots").at("by_outcome").at("ok") == 10);
  CHECK(p.object(p.ask("GET", {"host2", "health"})).at("aa").is_null());
}
